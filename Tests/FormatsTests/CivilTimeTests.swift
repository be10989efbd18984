import Testing

@testable import Formats

@Suite("Civil time")
struct CivilTimeTests {
    @Test(
        "Moments have their calendar second",
        arguments: [
            (0, [1970, 1, 1, 0, 0, 0]), (951_782_399_999, [2000, 2, 28, 23, 59, 59]),
            (951_782_400_000, [2000, 2, 29, 0, 0, 0]),
            (1_735_689_599_000, [2024, 12, 31, 23, 59, 59]), (-1, [1969, 12, 31, 23, 59, 59]),
            (4_107_542_400_000, [2100, 3, 1, 0, 0, 0]),
        ])
    func moments(_ milliseconds: Int, _ parts: [Int]) {
        let time = CivilTime(milliseconds: Int64(milliseconds))
        #expect([time.year, time.month, time.day, time.hour, time.minute, time.second] == parts)
    }
}
