/** What the engine holds of each listening protocol. */
export interface ProtocolServer {
  /** Opens all ports, or rejects with none left open. */
  listen(): Promise<void>
  /** Open client connections. */
  connections(): number
  /** Stops accepting, says goodbye (421, `* BYE`, -ERR) once running commands end or `graceMs` passes, closes. */
  close(graceMs: number): Promise<void>
}

export interface ListenAddress {
  host: string
  /** 0: any free port. */
  port: number
}
