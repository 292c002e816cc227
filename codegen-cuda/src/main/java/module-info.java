import org.jspecify.annotations.NullMarked;

/// The NVIDIA back end: PTX on a card.
@NullMarked
module tern.codegen.cuda {
    requires static transitive org.jspecify;
    requires transitive tern.ir;

    exports tern.codegen.cuda;
    exports tern.codegen.cuda.device;
    exports tern.codegen.cuda.export;
    exports tern.codegen.cuda.driver;
    exports tern.codegen.cuda.ops;
    exports tern.codegen.cuda.ptx;

    provides tern.ir.device.Device.Provider with
            tern.codegen.cuda.device.CudaProvider;
    provides tern.ir.device.Exporter with
            tern.codegen.cuda.export.PtxExporter;
}
