/** The kernels as this version of Node runs them by default. */
import { compareCells } from "./wasm-cells.js";

compareCells();
