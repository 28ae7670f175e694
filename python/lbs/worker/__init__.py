"""The process that holds the GPU: devices, the limit, loading, the model cache. The server controls it by messages."""
