import ConnectorKit
import Runtime

extension Command {
    private static let partition = Flag(
        name: "--partition", value: "JSON", summary: "Forget only this partition, as `offsets list` shows it.")

    static let offsetsList = Command(
        name: "offsets list", summary: "Show how far each pipeline has come.", operands: "[PIPELINE]",
        operandCount: 0...1, flags: [.json] + WorkerFlags.state, example: "sluice offsets list quickstart",
        run: { arguments, terminal in
            let store = try openExistingStore(arguments.workerConfig().statePath, isReadOnly: true)
            let names = try selected(arguments.operands.first, in: store)
            let all = try reportingState { () throws(StateError) in try positions(of: names, in: store) }
            if arguments.has(.json) {
                terminal.print(JSONTree.array(all.map(json)).text)
            } else {
                for (name, position) in all {
                    terminal.print("\(name)  \(position.partition.json)  \(position.offset.json)")
                }
            }
            return .success
        })

    static let offsetsReset = Command(
        name: "offsets reset", summary: "Forget how far a pipeline has come, so that it starts anew.",
        operands: "PIPELINE", operandCount: 1...1, flags: [partition, .json] + WorkerFlags.state,
        example: "sluice offsets reset quickstart",
        run: { arguments, terminal in
            let fields = try arguments[partition].map(partitionFields)
            let store = try openExistingStore(arguments.workerConfig().statePath, isReadOnly: false)
            let name = try selected(arguments.operands[0], in: store)[0]
            let known = try reportingState { () throws(StateError) in try positions(of: [name], in: store) }
            let count = try reportingState { () throws(StateError) in try store.reset(name, partition: fields) }
            let json: JSONTree = ["pipeline": .string(name), "forgotten": .int(count)]
            let text = "forgot \(count) \(count == 1 ? "position" : "positions") of \(name)"
            terminal.print(arguments.has(.json) ? json.text : text)
            if known.contains(where: { isOfGroup($0.1) }) { terminal.note(groupStands) }
            return .success
        })

    /// Whether a position is one of a consumer group, which keeps its own.
    private static func isOfGroup(_ position: Position) -> Bool {
        Set(position.partition.fields.keys) == ["topic", "partition"]
    }

    private static let groupStands =
        "The consumer group's offset stands, and its topics are read on from there; to read them again, set it back with "
        + "kafka-consumer-groups.sh --reset-offsets while the pipeline is stopped, or take another group.id."

    private static func partitionFields(_ text: String) throws -> PositionFields {
        guard let fields = PositionFields(json: text) else {
            throw CommandFailure(
                .badInput, "--partition is \"\(text)\"; expected a flat JSON object, for example '{\"path\":\"a.csv\"}'"
            )
        }
        return fields
    }

    private static func selected(_ name: String?, in store: SQLitePositionStore) throws -> [String] {
        let names = try reportingState { () throws(StateError) in try store.pipelines() }
        guard let name else { return names }
        if names.contains(name) { return [name] }
        let hint = nearest(name, in: names).map { "; did you mean \"\($0)\"?" } ?? ""
        throw CommandFailure(.badInput, "no position of a pipeline \"\(name)\" is stored\(hint)")
    }

    private static func positions(
        of names: [String], in store: SQLitePositionStore
    ) throws(StateError) -> [(String, Position)] {
        var all: [(String, Position)] = []
        for name in names { all += try store.positions(of: name).map { (name, $0) } }
        return all
    }

    private static func json(_ name: String, _ position: Position) -> JSONTree {
        ["pipeline": .string(name), "partition": json(position.partition), "offset": json(position.offset)]
    }

    private static func json(_ fields: PositionFields) -> JSONTree {
        .object(
            fields.fields.sorted { $0.key < $1.key }.map { name, value in
                switch value {
                case .string(let text): .init(name, .string(text))
                case .int(let number): .init(name, .int(Int(number)))
                case .bool(let flag): .init(name, .bool(flag))
                }
            })
    }
}
