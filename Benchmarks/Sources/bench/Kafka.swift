import Foundation

/// The kafka connector against a bare librdkafka client in C (`kafka-yardstick`), which does the same without a worker.
extension Bench {
    func kafka() throws {
        guard let yardstick = ProcessInfo.processInfo.environment["KAFKA_YARDSTICK"] else { return }
        try produce(KafkaBench(bench: self, yardstick: yardstick))
        try consume(KafkaBench(bench: self, yardstick: yardstick))
    }

    /// Into the mock broker, which keeps little; the lines of a file are the messages of both.
    private func produce(_ kafka: KafkaBench) throws {
        print("file → kafka, against a bare producer")
        for (name, records, line) in [("200 B", 2_000_000, smallLine), ("1 KB", 600_000, gitHubLine)] {
            let input = try makeInput("kafka-\(records)", records: records, in: folder, transforms: "", line: line)
            for compression in ["none", "lz4"] {
                var costs: [(sluice: Cost, bare: Cost)] = []
                try kafka.withMockBroker(partitions: 4) { servers in
                    for _ in 0..<rounds {
                        costs.append(
                            (
                                try kafka.sluiceProduces(input.path, compression, servers),
                                try kafka.bareProduces(input.path, compression, servers)
                            ))
                    }
                }
                let ratio = median(costs.map { $0.bare.wall / $0.sluice.wall })
                let cpu = median(costs.map { $0.sluice.cpu / $0.bare.cpu })
                let memory = median(costs.map(\.sluice.residentMegabytes))
                print(
                    "    \(name), \(compression)".padding(toLength: 34, withPad: " ", startingAt: 0)
                        + "\(format(ratio)) times its records a second (at least 0.9), \(format(cpu)) times its CPU, "
                        + "\(format(memory)) MB (limit 64)")
            }
        }
    }

    /// From the mock broker, which hands out what it holds in memory; from the partitions' assignment to their end.
    private func consume(_ kafka: KafkaBench) throws {
        print("kafka → discard, against a bare consumer")
        for (name, records, line) in [("200 B", 500_000, smallLine), ("1 KB", 150_000, gitHubLine)] {
            let kafka = KafkaBench(bench: self, yardstick: kafka.yardstick)
            let input = try makeInput("kafka-\(records)", records: records, in: folder, transforms: "", line: line)
            var runs: [(sluice: KafkaBench.Reading, bare: KafkaBench.Reading)] = []
            try kafka.withMockBroker(partitions: 64) { servers in
                try kafka.fill(input.path, servers)
                for round in 0..<rounds {
                    let pair = (try kafka.sluiceConsumes(servers, round), try kafka.bareConsumes(servers, round))
                    guard pair.0.records == pair.1.records else { throw Failure("\(pair) differ in their records") }
                    runs.append(pair)
                }
            }
            let ratio = median(runs.map { $0.bare.seconds / $0.sluice.seconds })
            let memory = median(runs.map(\.sluice.residentMegabytes))
            print(
                "    \(name)".padding(toLength: 34, withPad: " ", startingAt: 0)
                    + "\(format(ratio)) times its records a second (at least 0.8), \(format(memory)) MB (limit 64)")
        }
    }
}
