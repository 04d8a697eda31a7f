/** Notices are ids of nodes whose state, health or revisions have changed. */
export const nodeChannel = 'mailfleet_nodes'
