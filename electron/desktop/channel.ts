/** The IPC channel of the contract's messages, in both directions. */
export const channel = 'headroom:message';
/** The IPC channel of notifications, from the page. */
export const notifyChannel = 'headroom:notify';
