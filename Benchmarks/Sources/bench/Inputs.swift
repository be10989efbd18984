import Foundation
import Glibc

/// A generated input and the pipeline that works on it.
struct Input {
    let name: String
    let records: Int
    let path: String
    let pipeline: String
    let output: String
}

/// Makes the input file once and the pipeline file each time.
func makeInput(_ name: String, records: Int, in folder: String, transforms: String, line: (Int) -> String) throws
    -> Input
{
    let path = "\(folder)/\(name)-\(records).ndjson"
    if !FileManager.default.fileExists(atPath: path) {
        guard let file = fopen(path + ".part", "w") else { throw Failure("cannot write \(path)") }
        for index in 0..<records {
            fputs(line(index), file)
            fputs("\n", file)
        }
        fclose(file)
        try FileManager.default.moveItem(atPath: path + ".part", toPath: path)
    }
    let output = "\(folder)/out-\(name)/result.ndjson"
    let pipeline = "\(folder)/\(name).json"
    let text = """
        {
          "name": "bench-\(name)",
          "source": { "connector": "file", "path": "\(path)" },
          "transforms": [\(transforms)],
          "sinks": [ { "connector": "file", "path": "\(output)" } ]
        }
        """
    try text.write(toFile: pipeline, atomically: true, encoding: .utf8)
    return Input(name: name, records: records, path: path, pipeline: pipeline, output: output)
}

/// A flat record of about 200 bytes.
func smallLine(_ index: Int) -> String {
    let mixed = mix(index)
    let repo = mixed % 10 == 0 ? "octo-org/dropped" : "org-\(mixed % 500)/project-\(mixed / 7 % 8192)"
    return #"""
        {"id":\#(52_000_000_000 + index),"event_type":"\#(types[mixed / 3 % types.count])",\#
        "actor":"user-\#(mixed % 40960)","repo":"\#(repo)",\#
        "created_at":"2025-07-13T16:\#(10 + index % 50):\#(10 + mixed % 50)Z","public":true,\#
        "note":"a line of plain text, \#(mixed % 1000)"}
        """#
}

/// A nested record of about 1.1 KB, as the GitHub events feed gives them.
func gitHubLine(_ index: Int) -> String {
    let mixed = mix(index)
    let login = "user-\(mixed % 40960)"
    let repo = mixed % 10 == 0 ? "octo-org/dropped" : "org-\(mixed % 500)/project-\(mixed / 7 % 8192)"
    let commits = (0..<2).map { commit in
        #"""
        {"sha":"\#(String(UInt(bitPattern: mix(index * 2 + commit)), radix: 16))a1b2c3d4e5f60718",\#
        "author":{"email":"\#(login)@example.com","name":"\#(login)"},\#
        "message":"Fix the \"\#(types[mixed % types.count])\" case of issue #\#(mixed % 9000)\n\nIt was wrong since v1.",\#
        "distinct":true,"url":"https://api.github.com/repos/\#(repo)/commits/\#(mixed)"}
        """#
    }
    return #"""
        {"id":"\#(52_000_000_000 + index)","seq":\#(index),"type":"PushEvent",\#
        "actor":{"id":\#(mixed % 99999),"login":"\#(login)","display_login":"\#(login)",\#
        "gravatar_id":"","url":"https://api.github.com/users/\#(login)",\#
        "avatar_url":"https://avatars.githubusercontent.com/u/\#(mixed % 99999)?"},\#
        "repo":{"id":\#(mixed % 777777),"name":"\#(repo)",\#
        "url":"https://api.github.com/repos/\#(repo)"},\#
        "payload":{"repository_id":\#(mixed % 777777),"push_id":\#(index * 3),"size":2,\#
        "distinct_size":2,"ref":"refs/heads/main","head":"\#(mixed)","before":"\#(index)",\#
        "commits":[\#(commits.joined(separator: ","))]},"public":true,\#
        "created_at":"2025-07-13T16:\#(10 + index % 50):10Z"}
        """#
}

private let types = ["PushEvent", "WatchEvent", "CreateEvent", "IssuesEvent", "PullRequestEvent", "ForkEvent"]

/// SplitMix64's finaliser: the same bits for the same index, spread evenly.
private func mix(_ index: Int) -> Int {
    var bits = UInt64(index) &* 0x9E37_79B9_7F4A_7C15
    bits = (bits ^ (bits >> 30)) &* 0xBF58_476D_1CE4_E5B9
    bits = (bits ^ (bits >> 27)) &* 0x94D0_49BB_1331_11EB
    return Int((bits ^ (bits >> 31)) >> 2)
}
