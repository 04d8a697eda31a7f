/** How this machine reaches what listens on `bind`: all interfaces include loopback. */
export const reachableHost = (bind) => ({ '0.0.0.0': '127.0.0.1', '::': '::1' })[bind] ?? bind
