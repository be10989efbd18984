import Testing

@testable import KafkaConnector

@Suite struct TopicLimitsTests {
    private let limits = TopicLimits([
        ("max.message.bytes", "1000"), ("message.timestamp.before.max.ms", "9223372036854775807"),
        ("message.timestamp.after.max.ms", "3600000"), ("cleanup.policy", "compact,delete"),
    ])

    @Test(
        arguments: [
            (932, 0, nil), (933, 0, "max.message.bytes"), (nil, 0, nil), (1, 5_000_000, nil), (1, 1, nil),
            (1, 8_660_000, nil), (1, 8_660_001, "message.timestamp.after.max.ms"),
        ] as [(Int?, Int64, String?)])
    func whatIsRefusedForCertain(_ size: Int?, _ timestamp: Int64, _ reason: String?) {
        let refusal = limits.refusal(size: size, timestamp: timestamp, now: 5_000_000)
        #expect(reason.map { refusal?.contains($0) == true } ?? (refusal == nil), "\(String(describing: refusal))")
    }

    @Test func nothingIsRefusedWhereNothingIsKnown() {
        #expect(TopicLimits([]).refusal(size: .max / 2, timestamp: 1, now: .max) == nil)
        #expect(limits.needsKeys && !TopicLimits([]).needsKeys)
    }
}
