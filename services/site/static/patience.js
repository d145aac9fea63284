/** Waiting between attempts: longer each time, apart from other browsers, cut short when the network returns. */

const DELAYS_MS = [500, 1000, 2000, 4000, 8000, 15000];

export class Patience {
  #attempt = 0;
  #wake = () => {};

  /** Resolves after the next delay, or at once when `hurry` is called. */
  wait() {
    const delay = DELAYS_MS[Math.min(this.#attempt, DELAYS_MS.length - 1)];
    this.#attempt += 1;
    return new Promise((resolve) => {
      this.#wake = resolve;
      // Up to a fifth more at random: after an outage, residents' browsers should not all come back at once.
      setTimeout(resolve, delay * (1 + Math.random() / 5));
    });
  }

  /** Ends the present wait, for instance since the network is back. */
  hurry() {
    this.#wake();
  }

  /** Starts from the short delays again: it worked. */
  reset() {
    this.#attempt = 0;
  }
}
