/**
 * Port to what carries messages (runs of frames) to a server and back. One object is one connection.
 */
export interface TransportHandler {
  onOpen(): void;
  /** A whole message; valid during the call only. */
  onMessage(bytes: Uint8Array): void;
  /** Exactly once, also when it could not be opened; `code`: an ErrorCode, or 0. Nothing is called after it. */
  onClose(code: number): void;
}

export interface Transport {
  send(bytes: Uint8Array): void;
  /** After what was sent has left. `onClose` follows. */
  close(): void;
}

/** Begins to connect. `url`: base URL of the server. */
export type OpenTransport = (url: string, token: string, handler: TransportHandler) => Transport;
