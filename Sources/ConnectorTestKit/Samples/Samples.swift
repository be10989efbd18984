/// The values that every connector has to carry.
public enum Samples {
    /// `count` small objects, each with a key of its own.
    public static func numbered(_ count: Int, from first: Int = 0) -> [SampleRecord] {
        (first..<first + count).map { SampleRecord(key: "\($0)", value: #"{"id":\#($0),"name":"record \#($0)"}"#) }
    }

    /// Every JSON type, and numbers at the edges of what a Double or an Int64 can hold. One field for each type, as a
    /// table has one column for each.
    public static let types: [SampleRecord] = [
        #""flag":true"#, #""flag":false"#, #""nothing":null"#,
        #""whole":0"#, #""whole":-1"#, #""whole":9007199254740993"#, #""whole":9223372036854775807"#,
        #""whole":-9223372036854775808"#,
        #""fraction":0.5"#, #""fraction":-2.25"#, #""fraction":1e3"#, #""fraction":0.1"#,
        #""text":"plain""#, #""text":"""#, #""text":"42""#, #""text":"true""#, #""text":"null""#,
        #""list":[1,2,3]"#, #""list":[]"#, #""list":["a",null,true,{"b":[]}]"#,
        #""object":{"a":1,"b":{"c":[{"d":"e"}]}}"#, #""object":{}"#,
    ].enumerated().map { index, field in SampleRecord(key: "\(index)", value: #"{"id":\#(index),\#(field)}"#) }

    /// Texts that break what counts characters, escapes by hand or guesses an encoding. No NUL: many systems have none.
    public static let texts: [SampleRecord] = [
        #"quote \" backslash \\ slash \/"#, #"line\nreturn\rtab\tbell\u0007escape\u001b"#, "grüße, żółć, señor",
        "日本語 中文 한국어",
        "שלום مرحبا", "👩‍👩‍👧‍👦 🇺🇦 😀", "e\u{301} and é", "\u{2028}\u{2029}\u{feff}\u{fffd}", #"\ud83d\ude00"#,
        "'; DROP TABLE t; --",
        #"a,b;c|d\te"#, "${env:HOME} %s {{x}} $1", #"\\N \\."#,
    ].enumerated().map { index, text in SampleRecord(key: "\(index)", value: #"{"id":\#(index),"text":"\#(text)"}"#) }

    /// A value of this many bytes between two small ones.
    public static func large(_ bytes: Int) -> [SampleRecord] {
        var records = numbered(3)
        let head = #"{"id":1,"text":""#
        let tail = #""}"#
        let filling = String(repeating: "0123456789abcdef", count: bytes / 16 + 1)
        records[1].value = head + filling.prefix(bytes - head.utf8.count - tail.utf8.count) + tail
        return records
    }
}
