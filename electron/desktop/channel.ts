/** The one IPC channel, in both directions; its messages are the contract's. */
export const channel = 'headroom:message';
