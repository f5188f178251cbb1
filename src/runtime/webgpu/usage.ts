/** Flags of WebGPU by number: `GPUBufferUsage` is a global of browsers, which Node does not have. */
export const usage = {
  mapRead: 0x1,
  copySource: 0x4,
  copyTarget: 0x8,
  uniform: 0x40,
  storage: 0x80,
} as const;

/** `GPUShaderStage.COMPUTE` */
export const computeStage = 0x4;
/** `GPUMapMode.READ` */
export const mapForReading = 0x1;
/** Bytes of a number. */
export const bytes = 4;
