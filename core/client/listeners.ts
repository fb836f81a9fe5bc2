/** Listeners by event name. One that throws does not keep the others from hearing. */
export class Listeners<Events> {
  private readonly byEvent = new Map<keyof Events, Set<(value: never) => void>>();

  on<Name extends keyof Events>(event: Name, listener: (value: Events[Name]) => void): () => void {
    const set = this.byEvent.get(event) ?? new Set();
    this.byEvent.set(event, set);
    set.add(listener);
    return () => set.delete(listener);
  }

  emit<Name extends keyof Events>(event: Name, value: Events[Name]): void {
    for (const listener of this.byEvent.get(event) ?? []) {
      try {
        (listener as (value: Events[Name]) => void)(value);
      } catch (error) {
        // The application's own error: shown like every uncaught one, after the others have heard.
        void Promise.reject(error);
      }
    }
  }
}
