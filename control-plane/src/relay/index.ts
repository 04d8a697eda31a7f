export { findNode, isNodeType, NodeResolver } from './node.resolver.js'
