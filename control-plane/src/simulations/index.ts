export { SimulationResolver } from './simulation.resolver.js'
