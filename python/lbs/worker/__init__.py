"""The process that holds the GPU: devices, the limit, loading, the model cache. The server talks to it by messages."""
