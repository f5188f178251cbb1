/** Calls that wait for each other, because each uses what the one before has left on the device. */
export class Turns {
  #last: Promise<unknown> = Promise.resolve();

  take<T>(call: () => Promise<T>): Promise<T> {
    const next = this.#last.then(call);
    this.#last = next.catch(() => undefined);
    return next;
  }
}
