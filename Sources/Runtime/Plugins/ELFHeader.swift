/// The beginning of a library file (System V ABI, chapter 4, "ELF Header"), read before the dynamic linker sees it.
struct ELFHeader: Hashable {
    /// How much of a file is needed.
    static let size = 20

    private static let sharedObject: UInt16 = 3
    private static let machines: [UInt16: String] = [
        3: "x86", 8: "mips", 20: "ppc", 21: "ppc64", 22: "s390x", 40: "arm", 62: "x86_64", 183: "aarch64", 243: "riscv",
    ]

    #if arch(x86_64)
        static let ownMachine: UInt16 = 62
    #elseif arch(arm64)
        static let ownMachine: UInt16 = 183
    #endif

    private let type: UInt16
    private let machine: UInt16

    /// Reads the first bytes of a file; nil when they are not an ELF header.
    init?(_ bytes: [UInt8]) {
        guard bytes.count >= Self.size, bytes.starts(with: [0x7F, 0x45, 0x4C, 0x46]) else { return nil }
        let isBigEndian = bytes[5] == 2
        func half(_ low: UInt8, _ high: UInt8) -> UInt16 {
            isBigEndian ? UInt16(low) << 8 | UInt16(high) : UInt16(high) << 8 | UInt16(low)
        }
        type = half(bytes[16], bytes[17])
        machine = half(bytes[18], bytes[19])
    }

    /// What keeps the file from being loaded here; nil when nothing does.
    var fault: String? {
        if machine != Self.ownMachine {
            let own = Self.name(Self.ownMachine)
            return "is built for \(Self.name(machine)) and this worker runs on \(own); build the plugin for \(own)"
        }
        return type == Self.sharedObject
            ? nil : "is an ELF file but no shared library; build the plugin as a dynamic library product"
    }

    private static func name(_ machine: UInt16) -> String { machines[machine] ?? "machine \(machine)" }
}
