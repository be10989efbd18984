import Testing

@testable import Transforms

@Suite("Numbers as Java writes them")
struct JavaNumbersTests {
    @Test(
        "double to text",
        arguments: [
            (1e10, "1.0E10"), (1e7, "1.0E7"), (9_999_999.5, "9999999.5"), (0.001, "0.001"), (0.0001, "1.0E-4"),
            (1.5e-5, "1.5E-5"), (-0.0, "-0.0"), (100, "100.0"), (123_456.789, "123456.789"),
            (1.797_693_134_862_315_7e308, "1.7976931348623157E308"), (-12_345_678.5, "-1.23456785E7"),
            (0.3 + 0.1 * 0 + 0.000_000_000_000_000_04, "0.30000000000000004"), (.infinity, "Infinity"), (.nan, "NaN"),
        ])
    func text(_ number: Double, _ text: String) {
        #expect(JavaNumbers.text(of: number) == text)
    }

    @Test("text is only called Java's when converting it there and back gives it again")
    func canonical() throws {
        var generator = Numbers(state: 7)
        var kept = 0
        for _ in 0..<20_000 {
            let text = generator.decimal()
            guard JavaNumbers.isJavaText(Array(text.utf8).span) else { continue }
            kept += 1
            #expect(JavaNumbers.text(of: try #require(Double(text))) == text)
        }
        #expect(kept > 5000)
    }

    /// A fixed sequence of decimal texts.
    private struct Numbers {
        var state: UInt64

        mutating func next(below limit: UInt64) -> UInt64 {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return (state >> 33) % limit
        }

        mutating func decimal() -> String {
            let digits = [1, 10, 1000, 100_000, 10_000_000, 1_000_000_000][Int(next(below: 6))] as UInt64
            let fraction = String(next(below: 1_000_000_000)).suffix(Int(next(below: 9)) + 1)
            return (next(below: 4) == 0 ? "-" : "") + "\(next(below: digits)).\(fraction)"
        }
    }
}
