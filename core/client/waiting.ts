/** Promises that wait for an answer, by number. */
export class Waiting<Value> {
  private readonly open = new Map<number, { resolve(value: Value): void; reject(error: Error): void }>();

  add(id: number): Promise<Value> {
    return new Promise<Value>((resolve, reject) => {
      this.open.set(id, { resolve, reject });
    });
  }

  resolve(id: number, value: Value): void {
    this.open.get(id)?.resolve(value);
    this.open.delete(id);
  }

  reject(id: number, error: Error): void {
    this.open.get(id)?.reject(error);
    this.open.delete(id);
  }

  rejectAll(error: Error): void {
    for (const id of [...this.open.keys()]) this.reject(id, error);
  }
}
