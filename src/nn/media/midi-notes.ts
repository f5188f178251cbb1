/**
 * The notes of a standard MIDI file (MIDI Manufacturers Association, RP-001): chunks `MThd` and `MTrk`, in a track events
 * with the ticks since the one before. Only notes are looked at; all else is stepped over.
 */

/** In ticks. */
export interface Note {
  readonly key: number;
  readonly from: number;
  readonly to: number;
}

export interface MidiNotes {
  readonly ticksPerQuarter: number;
  readonly notes: readonly Note[];
}

type Fault = (why: string) => Error;

const drums = 9;

/** @param what names the file in errors */
export function readNotes(bytes: Uint8Array, what: string): MidiNotes {
  if (letters(bytes, 0) !== "MThd")
    throw new Error(
      `${what} is no MIDI file: it does not begin with the letters MThd`,
    );
  const fault: Fault = (why) => new Error(`${what}: ${why}`);
  const notes: Note[] = [];
  let head: Head | undefined;
  let tracks = 0;
  let at = 0;
  while (at + 8 <= bytes.length) {
    const id = letters(bytes, at);
    const length = bigEndian(bytes, at + 4, 4);
    const data = bytes.subarray(at + 8, at + 8 + length);
    const name = id === "MTrk" ? `track ${tracks + 1}` : `the chunk ${id}`;
    // Anything may follow the last track.
    if (data.length < length && head && tracks >= head.tracks) break;
    if (data.length < length)
      throw fault(
        `${name} is cut off: it should have ${length} bytes, and ${data.length} are there`,
      );
    if (!head) head = readHead(data, fault);
    else if (id === "MTrk") {
      tracks++;
      new Track(data, (why) => fault(`${name}: ${why}`)).addTo(notes);
    }
    at += 8 + length;
  }
  if (!head) throw fault("it is cut off in the header");
  if (tracks < head.tracks)
    throw fault(
      `it is cut off: it should have ${head.tracks} tracks, and ${tracks} are there`,
    );
  return { ticksPerQuarter: head.ticksPerQuarter, notes };
}

interface Head {
  readonly tracks: number;
  readonly ticksPerQuarter: number;
}

function readHead(data: Uint8Array, fault: Fault): Head {
  if (data.length < 6)
    throw fault(`its header has ${data.length} bytes, where 6 are needed`);
  const [format, tracks] = [bigEndian(data, 0, 2), bigEndian(data, 2, 2)];
  const division = bigEndian(data, 4, 2);
  if (format > 2)
    throw fault(`it is of the format ${format}; there are 0, 1 and 2`);
  if (format === 2 && tracks > 1)
    throw fault(
      `it is of the format 2: ${tracks} pieces that do not sound together; save them as files of their own`,
    );
  if (division >= 0x8000)
    throw fault(
      `it counts time in SMPTE frames, ${256 - (division >> 8)} per second, and not in quarter notes: it has no steps; save it with ticks per quarter note`,
    );
  if (division === 0) throw fault("it has 0 ticks per quarter note");
  return { tracks, ticksPerQuarter: division };
}

const printable = (byte: number): boolean => byte >= 0x20 && byte < 0x7f;

const letters = (bytes: Uint8Array, at: number): string =>
  Array.from(bytes.subarray(at, at + 4), (byte) =>
    printable(byte) ? String.fromCharCode(byte) : "?",
  ).join("");

function bigEndian(bytes: Uint8Array, at: number, count: number): number {
  let number = 0;
  for (let i = 0; i < count; i++) number = number * 256 + bytes[at + i]!;
  return number;
}

/** Data bytes of each kind of channel message, from 0x8 on: note off, on, pressure, control, program, pressure, bend. */
const dataBytes = [2, 2, 2, 2, 1, 1, 2];

const [noteOff, noteOn, systemExclusive, escape, meta] = [
  0x8, 0x9, 0xf0, 0xf7, 0xff,
];
const endOfTrack = 0x2f;

interface Begun {
  readonly from: number[];
  /** So many have ended. */
  ended: number;
}

class Track {
  readonly #data: Uint8Array;
  readonly #fault: Fault;
  /** Where notes began that still sound, by channel and key; the first of them ends first. */
  readonly #begun = new Map<number, Begun>();
  #at = 0;
  #ticks = 0;

  constructor(data: Uint8Array, fault: Fault) {
    this.#data = data;
    this.#fault = fault;
  }

  /** A note without an end sounds until the end of the track. */
  addTo(notes: Note[]): void {
    let status = 0;
    while (this.#at < this.#data.length) {
      this.#ticks += this.#number();
      const first = this.#byte();
      if (first === meta) {
        if (this.#skip(this.#byte()) === endOfTrack) break;
      } else if (first === systemExclusive || first === escape) this.#skip();
      else if (first >= 0xf0)
        throw this.#fault(
          `the byte 0x${first.toString(16)} before byte ${this.#at} begins no event`,
        );
      else {
        const running = first < 0x80;
        if (running) this.#at--;
        else status = first;
        if (status === 0)
          throw this.#fault(
            `byte ${this.#at} belongs to an event before, and there is none`,
          );
        this.#channelEvent(status >> 4, status & 0xf, notes);
      }
    }
    for (const [place, { from: all, ended }] of this.#begun)
      for (const from of all.slice(ended))
        notes.push({ key: place & 127, from, to: this.#ticks });
  }

  #channelEvent(kind: number, channel: number, notes: Note[]): void {
    const [key, velocity] = Array.from(
      { length: dataBytes[kind - noteOff]! },
      () => this.#dataByte(),
    ) as [number, number];
    if (channel === drums || (kind !== noteOn && kind !== noteOff)) return;
    const place = channel * 128 + key;
    let begun = this.#begun.get(place);
    if (kind === noteOn && velocity > 0) {
      if (!begun) this.#begun.set(place, (begun = { from: [], ended: 0 }));
      begun.from.push(this.#ticks);
    } else if (begun && begun.ended < begun.from.length)
      notes.push({ key, from: begun.from[begun.ended++]!, to: this.#ticks });
  }

  #byte(): number {
    if (this.#at >= this.#data.length)
      throw this.#fault("it ends in the middle of an event");
    return this.#data[this.#at++]!;
  }

  #dataByte(): number {
    const byte = this.#byte();
    if (byte >= 0x80)
      throw this.#fault(
        `the byte 0x${byte.toString(16)} before byte ${this.#at} stands where an event goes on`,
      );
    return byte;
  }

  /** Seven bits to a byte, four bytes at most. */
  #number(): number {
    let number = 0;
    for (let i = 0; i < 4; i++) {
      const byte = this.#byte();
      number = number * 128 + (byte & 0x7f);
      if (byte < 0x80) return number;
    }
    throw this.#fault(
      `the number before byte ${this.#at} has more than four bytes`,
    );
  }

  /** Bytes with their number before them. */
  #skip(kind?: number): number | undefined {
    const length = this.#number();
    if (length > this.#data.length - this.#at)
      throw this.#fault("it ends in the middle of an event");
    this.#at += length;
    return kind;
  }
}
