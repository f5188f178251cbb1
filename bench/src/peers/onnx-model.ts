/** Models of a single layer in the format of ONNX, made in memory. Only the fields that they need are described. */
import protobuf from "protobufjs";

const { root } = protobuf.parse(
  `
  syntax = "proto3";
  message Attribute { string name = 1; int64 i = 3; bytes s = 4; int32 type = 20; }
  message Node {
    repeated string input = 1;
    repeated string output = 2;
    string op_type = 4;
    repeated Attribute attribute = 5;
  }
  message Tensor {
    repeated int64 dims = 1;
    int32 data_type = 2;
    string name = 8;
    bytes raw_data = 9;
  }
  message Dimension { int64 dim_value = 1; }
  message Shape { repeated Dimension dim = 1; }
  message TensorType { int32 elem_type = 1; Shape shape = 2; }
  message Type { TensorType tensor_type = 1; }
  message ValueInfo { string name = 1; Type type = 2; }
  message Graph {
    repeated Node node = 1;
    string name = 2;
    repeated Tensor initializer = 5;
    repeated ValueInfo input = 11;
    repeated ValueInfo output = 12;
  }
  message OperatorSet { string domain = 1; int64 version = 2; }
  message Model {
    int64 ir_version = 1;
    Graph graph = 7;
    repeated OperatorSet opset_import = 8;
  }
`,
  { keepCase: true },
);
const Model = root.lookupType("Model");

const float = 1;
const integerAttribute = 2;

export interface Weights {
  readonly dims: readonly number[];
  readonly values: Float32Array;
}

export interface Layer {
  readonly type: "LSTM" | "GRU";
  /** Rows in the order of ONNX. */
  readonly W: Weights;
  readonly R: Weights;
  readonly B: Weights;
  readonly x: readonly number[];
  readonly y: readonly number[];
}

const valueInfo = (name: string, dims: readonly number[]): object => ({
  name,
  type: {
    tensor_type: {
      elem_type: float,
      shape: { dim: dims.map((dim_value) => ({ dim_value })) },
    },
  },
});

/** Input `X`, output `Y`; the weights are constants of the model, so that the runtime can prepare them. */
export function layerModel({ type, W, R, B, x, y }: Layer): Uint8Array {
  const initializer = Object.entries({ W, R, B }).map(
    ([name, { dims, values }]) => ({
      name,
      dims,
      data_type: float,
      raw_data: new Uint8Array(
        values.buffer,
        values.byteOffset,
        values.byteLength,
      ),
    }),
  );
  return Model.encode({
    ir_version: 8,
    opset_import: [{ domain: "", version: 14 }],
    graph: {
      name: "layer",
      node: [
        {
          op_type: type,
          input: ["X", "W", "R", "B"],
          output: ["Y"],
          attribute: [
            { name: "hidden_size", type: integerAttribute, i: y.at(-1) },
          ],
        },
      ],
      initializer,
      input: [valueInfo("X", x)],
      output: [valueInfo("Y", y)],
    },
  }).finish();
}
