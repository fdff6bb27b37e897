/**
 * No reply is read beyond this: a server that never stops sending must not fill the harness's memory. The largest honest
 * reply is a pop of 10,000 messages, which may have 20 kB each before this is reached.
 */
export const MAX_REPLY_BYTES = 256 * 2 ** 20;
