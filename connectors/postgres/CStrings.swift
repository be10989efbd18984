/// C copies of texts in an array that ends with a null pointer; nil stands for null.
@safe
struct CStrings: ~Copyable {
    /// One more than there are texts.
    let pointers: UnsafeMutableBufferPointer<UnsafePointer<CChar>?>

    init(_ texts: [String?]) {
        unsafe pointers = .allocate(capacity: texts.count + 1)
        for (index, text) in texts.enumerated() {
            unsafe pointers.initializeElement(at: index, to: text.map { unsafe Self.copy($0) })
        }
        unsafe pointers.initializeElement(at: texts.count, to: nil)
    }

    deinit {
        for index in unsafe 0..<pointers.count { unsafe pointers[index]?.deallocate() }
        unsafe pointers.deallocate()
    }

    private static func copy(_ text: String) -> UnsafePointer<CChar> {
        let bytes = text.utf8CString
        let copy = UnsafeMutableBufferPointer<CChar>.allocate(capacity: bytes.count)
        _ = unsafe copy.initialize(from: bytes)
        return unsafe UnsafePointer(copy.baseAddress.unsafelyUnwrapped)
    }
}
