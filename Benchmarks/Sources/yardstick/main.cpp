// The yardstick: the four transforms of the benchmark pipeline written by hand in C++ over simdjson, file to file.
//
//     yardstick small|github INPUT.ndjson OUTPUT.ndjson
//
// It reads, validates, edits while it writes and writes, as tightly as a person would who needs only this one pipeline:
// no plugins, no positions, no accounting, no per-record errors.
#include <fcntl.h>
#include <simdjson.h>
#include <unistd.h>

#include <charconv>
#include <cstdio>
#include <cstring>
#include <string_view>
#include <vector>

namespace {

using simdjson::dom::element;
using simdjson::dom::object;

struct Rules {
    std::string_view renamed[2][2];
    std::string_view excluded;
    std::string_view cast;
    std::string_view filter[2];
    std::string_view dropped;
};

const Rules kSmall = {{{"event_type", "kind"}, {"actor", "user"}}, "public", "id", {"repo", ""}, "octo-org/dropped"};
const Rules kGitHub = {
    {{"created_at", "timestamp"}, {"actor", "user"}}, "public", "seq", {"repo", "name"}, "octo-org/dropped"};

class Output {
  public:
    explicit Output(int descriptor) : descriptor_(descriptor), buffer_(1 << 20) {}

    void put(char byte) { *room(1) = byte, used_ += 1; }
    void put(std::string_view text) {
        std::memcpy(room(text.size()), text.data(), text.size());
        used_ += text.size();
    }
    template <typename Number>
    void number(Number value) {
        char* start = room(32);
        used_ += static_cast<size_t>(std::to_chars(start, start + 32, value).ptr - start);
    }
    void string(std::string_view text) {
        char* out = room(text.size() * 6 + 2);
        char* start = out;
        *out++ = '"';
        for (unsigned char byte : text) {
            if (byte >= 0x20 && byte != '"' && byte != '\\') {
                *out++ = static_cast<char>(byte);
            } else {
                out = escape(out, byte);
            }
        }
        *out++ = '"';
        used_ += static_cast<size_t>(out - start);
    }
    void flush() {
        size_t done = 0;
        while (done < used_) {
            ssize_t count = write(descriptor_, buffer_.data() + done, used_ - done);
            if (count < 0) {
                std::perror("write");
                std::exit(1);
            }
            done += static_cast<size_t>(count);
        }
        used_ = 0;
    }

  private:
    char* room(size_t count) {
        if (buffer_.size() - used_ < count) {
            flush();
            if (buffer_.size() < count) buffer_.resize(count);
        }
        return buffer_.data() + used_;
    }
    static char* escape(char* out, unsigned char byte) {
        static const char hex[] = "0123456789abcdef";
        *out++ = '\\';
        switch (byte) {
            case '"': case '\\': *out++ = static_cast<char>(byte); return out;
            case '\n': *out++ = 'n'; return out;
            case '\r': *out++ = 'r'; return out;
            case '\t': *out++ = 't'; return out;
        }
        std::memcpy(out, "u00", 3);
        out[3] = hex[byte >> 4];
        out[4] = hex[byte & 15];
        return out + 5;
    }

    int descriptor_;
    std::vector<char> buffer_;
    size_t used_ = 0;
};

void write(Output& out, element value) {
    switch (value.type()) {
        case simdjson::dom::element_type::OBJECT: {
            char separator = '{';
            for (auto field : object(value)) {
                out.put(separator);
                separator = ',';
                out.string(field.key);
                out.put(':');
                write(out, field.value);
            }
            if (separator == '{') out.put('{');
            return out.put('}');
        }
        case simdjson::dom::element_type::ARRAY: {
            char separator = '[';
            for (element item : simdjson::dom::array(value)) {
                out.put(separator);
                separator = ',';
                write(out, item);
            }
            if (separator == '[') out.put('[');
            return out.put(']');
        }
        case simdjson::dom::element_type::INT64: return out.number(int64_t(value));
        case simdjson::dom::element_type::UINT64: return out.number(uint64_t(value));
        case simdjson::dom::element_type::DOUBLE: return out.number(double(value));
        case simdjson::dom::element_type::STRING: return out.string(std::string_view(value));
        case simdjson::dom::element_type::BOOL: return out.put(bool(value) ? "true" : "false");
        case simdjson::dom::element_type::NULL_VALUE: return out.put("null");
    }
}

void writeAsString(Output& out, element value) {
    if (value.is_string()) return write(out, value);
    out.put('"');
    write(out, value);
    out.put('"');
}

bool isDropped(object record, const Rules& rules) {
    element value;
    if (record[rules.filter[0]].get(value)) return false;
    if (!rules.filter[1].empty() && value[rules.filter[1]].get(value)) return false;
    std::string_view text;
    return !value.get(text) && text == rules.dropped;
}

void transform(Output& out, object record, const Rules& rules) {
    if (isDropped(record, rules)) return;
    out.put('{');
    for (auto field : record) {
        std::string_view key = field.key;
        if (key == rules.excluded) continue;
        for (auto& rename : rules.renamed) {
            if (key == rename[0]) key = rename[1];
        }
        out.string(key);
        out.put(':');
        if (field.key == rules.cast) {
            writeAsString(out, field.value);
        } else {
            write(out, field.value);
        }
        out.put(',');
    }
    out.put("\"source\":\"github-archive\"}\n");
}

}  // namespace

int main(int argc, char** argv) {
    if (argc != 4) {
        std::fputs("usage: yardstick small|github INPUT.ndjson OUTPUT.ndjson\n", stderr);
        return 2;
    }
    const Rules& rules = std::string_view(argv[1]) == "github" ? kGitHub : kSmall;
    int input = open(argv[2], O_RDONLY);
    int output = open(argv[3], O_WRONLY | O_CREAT | O_TRUNC, 0644);
    if (input < 0 || output < 0) {
        std::perror("yardstick");
        return 3;
    }
    constexpr size_t kChunk = 256 << 10;
    std::vector<char> text(kChunk * 2 + simdjson::SIMDJSON_PADDING);
    simdjson::dom::parser parser;
    Output out(output);
    size_t held = 0;
    ssize_t count;
    while ((count = read(input, text.data() + held, kChunk)) > 0) {
        size_t end = held + static_cast<size_t>(count);
        const char* newline = static_cast<const char*>(memrchr(text.data(), '\n', end));
        if (newline == nullptr) {
            held = end;
            text.resize(held + kChunk + simdjson::SIMDJSON_PADDING);
            continue;
        }
        size_t whole = static_cast<size_t>(newline - text.data()) + 1;
        simdjson::dom::document_stream records;
        if (parser.parse_many(text.data(), whole, whole + 64).get(records)) return 1;
        for (auto record : records) transform(out, object(record), rules);
        held = end - whole;
        std::memmove(text.data(), text.data() + whole, held);
    }
    out.flush();
    if (fsync(output) != 0) return 1;
    return 0;
}
