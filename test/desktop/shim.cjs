// Test only: what Electron 22 lacks of the current one, each only where absent. Never part of a bundle.
const { Readable } = require('node:stream');
const { app, protocol } = require('electron');

if (!globalThis.Response) {
  globalThis.Response = class Response {
    constructor(body, init = {}) {
      this.body = body;
      this.status = init.status ?? 200;
      this.headers = init.headers ?? {};
    }
  };
}
globalThis.structuredClone ??= (value) => JSON.parse(JSON.stringify(value));
globalThis.crypto ??= require('node:crypto').webcrypto;

if (!protocol.handle) {
  protocol.handle = (scheme, handler) =>
    protocol.registerStreamProtocol(scheme, async (request, answer) => {
      const response = await handler({ url: request.url, method: request.method });
      const data = Readable.from([Buffer.from(response.body ?? '')]);
      answer({ statusCode: response.status, headers: response.headers, data });
    });
}
// Old Electron as root in a container: its GPU process has nothing to start on.
app.commandLine.appendSwitch('disable-gpu');
