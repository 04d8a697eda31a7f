/** Metrics of a node. What they count is said where it happens; names, help and labels are here. */
export { registerNodeMetrics } from './node-metrics.js'
