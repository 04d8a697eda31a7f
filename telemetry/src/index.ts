/** What control plane and nodes share of being watched: settings, the listener of metrics and health, gauges that ask a database. */
export { operationsServer, type OperationsServer } from './operations-server.js'
export { sampledGauge } from './sampled-gauge.js'
export { checkTelemetry, noTelemetry, telemetryEnvironment, telemetryOf, type TelemetrySettings } from './settings.js'
