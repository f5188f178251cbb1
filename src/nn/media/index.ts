/** `cellc/nn/media`: music and sound as data, by libraries that a model without them need not load. */
export { readMidi, writeMidi } from "./midi.js";
export type { MidiReading, MidiWriting } from "./midi.js";
export { readWav, writeWav } from "./wav.js";
export type { Sound } from "./wav.js";
