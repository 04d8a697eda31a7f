import { pino, stdSerializers, type DestinationStream, type Logger } from 'pino'

export type { Logger }

/** JSON lines on standard output (or `destination`). Credentials never reach a line, whoever logs an object that has them. */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: undefined,
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { error: stdSerializers.err },
    redact: [
      'password',
      '*.password',
      '*.currentPassword',
      '*.newPassword',
      '*.passwordHash',
      '*.authorization',
      '*.cookie',
      // A failed statement brings its values along, password hashes among them; the driver's error says them again.
      'error.parameters',
      'error.detail',
      'error.driverError',
    ],
  }
  return destination ? pino(options, destination) : pino(options)
}
