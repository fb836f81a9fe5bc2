/** An error that the person who starts the node can mend: said in one sentence, without a stack. */
export class StartError extends Error {
  override readonly name = 'StartError';
}

/** A value of the configuration is wrong: nothing was tried yet. */
export class ConfigError extends StartError {}
