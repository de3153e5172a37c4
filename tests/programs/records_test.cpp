#include "programs/records.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "core/log.hpp"
#include "core/random.hpp"

namespace foundation::programs {
namespace {

using namespace std::string_literals;
using testing::ElementsAre;
using testing::HasSubstr;

enum class Format { jsonl, csv, tsv };

std::vector<Record> read(Format format, BadLines& bad_lines,
                         const std::vector<std::string>& fields) {
  if (format == Format::jsonl) return read_jsonl(fields, bad_lines);
  return read_csv(fields, format == Format::csv ? ',' : '\t', bad_lines);
}

/// The values of fields "a" and "b", one text a record: "a|b".
std::vector<std::string> values(Format format, std::string_view text,
                                BadLines::Policy policy = BadLines::Policy::stop) {
  BadLines bad_lines{{.name = "data", .text = text}, policy};
  std::vector<std::string> result;
  for (const Record& record : read(format, bad_lines, {"a", "b"})) {
    result.push_back(record.values[0].text + "|" + record.values[1].text);
  }
  return result;
}

/// "line:column: message (hint)" of the error, empty if there is none.
std::string problem(Format format, std::string_view text) {
  try {
    values(format, text);
  } catch (const core::Error& error) {
    EXPECT_EQ(error.kind(), core::ErrorKind::bad_input);
    EXPECT_EQ(error.place().file, "data");
    const core::Place& place = error.place();
    return std::to_string(place.line) + ":" + std::to_string(place.column) + ": " + error.what() +
           (error.hint().empty() ? "" : " (" + error.hint() + ")");
  }
  return {};
}

class QuietLog : public testing::Test {
 protected:
  void SetUp() override { core::set_log_level(core::LogLevel::off); }
  void TearDown() override { core::set_log_level(core::LogLevel::info); }
};
class Jsonl : public QuietLog {};
class Csv : public QuietLog {};

TEST_F(Jsonl, reads_texts_numbers_and_booleans) {
  EXPECT_THAT(values(Format::jsonl, R"({"a": "x", "b": true})"
                                    "\r\n\n  \n"
                                    R"({"b": 1.50, "c": [{"a": null}], "a": "\u00e9\n"})"),
              ElementsAre("x|true", "\u00E9\n|1.50"));
  EXPECT_THAT(values(Format::jsonl, "\xEF\xBB\xBF{\"a\":\"\",\"b\":-7}\n"), ElementsAre("|-7"));
  EXPECT_TRUE(values(Format::jsonl, "").empty());
}

TEST_F(Jsonl, keeps_numbers_as_they_are_written) {
  EXPECT_THAT(values(Format::jsonl, R"({"a": 0.10000000000000000555, "b": 1E+2})"),
              ElementsAre("0.10000000000000000555|1E+2"));
  EXPECT_THAT(values(Format::jsonl, R"({"a": 18446744073709551615, "b": 123456789012345678901})"),
              ElementsAre("18446744073709551615|123456789012345678901"));
}

TEST_F(Jsonl, places_each_problem) {
  EXPECT_EQ(problem(Format::jsonl, "{\"a\": 1, \"b\": 2}\n{\"a\": 1, \"b\": null}\n"),
            "2:15: field 'b' is null, which is no text, number or boolean");
  EXPECT_EQ(problem(Format::jsonl, R"({"a": "é", "b": {"x": 1}})"),
            "1:17: field 'b' is an object, which is no text, number or boolean");
  EXPECT_EQ(problem(Format::jsonl, R"({"a": 12, "b": 1, "a": 2})"),
            "1:19: field 'a' is given twice");
  EXPECT_EQ(problem(Format::jsonl, R"( {"a": 1, "bb": 2})"),
            "1:2: field 'b' is missing (did you mean 'bb'?)");
  EXPECT_THAT(problem(Format::jsonl, R"([1, 2])"),
              HasSubstr("1:1: the line holds an array, not an object"));
  EXPECT_THAT(problem(Format::jsonl, "\n17"), HasSubstr("2:1: the line holds a number"));
  EXPECT_THAT(problem(Format::jsonl, R"({"a": 1, "b": 2)"), HasSubstr("1:16: not valid JSON"));
  EXPECT_THAT(problem(Format::jsonl, R"({"a": 1, "b": 2} x)"), HasSubstr("1:18: not valid JSON"));
  EXPECT_THAT(problem(Format::jsonl, R"({"a": tru, "b": 2})"), HasSubstr("not valid JSON"));
  EXPECT_THAT(problem(Format::jsonl, R"({"a": "\ud800", "b": 2})"), HasSubstr("not valid JSON"));
  EXPECT_EQ(problem(Format::jsonl, "{\"a\": \"\xFF\", \"b\": 1}"),
            "1:8: the line is not valid UTF-8");
  EXPECT_EQ(problem(Format::jsonl, "{\"a\": \0}"s), "1:7: the line holds a NUL byte");
  EXPECT_EQ(problem(Format::jsonl, R"({"a": "\u0000", "b": 1})"),
            "1:7: field 'a' holds a NUL character");
}

TEST_F(Jsonl, deep_nesting_and_endless_objects_do_no_harm) {
  EXPECT_THAT(problem(Format::jsonl, std::string(1'000'000, '[')), HasSubstr("an array"));
  std::string deep = R"({"c": )" + std::string(1'000'000, '[') + std::string(1'000'000, ']');
  EXPECT_THAT(values(Format::jsonl, deep + R"(, "a": 1, "b": 2})"), ElementsAre("1|2"));
  std::string wide = "{";
  for (int i = 0; i < 5000; ++i) wide += "\"k" + std::to_string(i) + "\": 0, ";
  EXPECT_THAT(problem(Format::jsonl, wide + R"("a": 1, "b": 2})"), HasSubstr("more than 4096"));
}

TEST_F(Jsonl, skips_and_counts_bad_lines) {
  std::string text;
  for (int i = 0; i < 20; ++i) text += i % 2 == 0 ? "{\"a\": 1, \"b\": 2}\n" : "{\"a\": 1}\n";
  BadLines bad_lines{{.name = "data", .text = text}, BadLines::Policy::skip};
  const auto records = read(Format::jsonl, bad_lines, {"a", "b"});
  ASSERT_EQ(records.size(), 10U);
  EXPECT_EQ(records[9].number, 19U);
  EXPECT_EQ(bad_lines.count(), 10U);
  ASSERT_TRUE(bad_lines.first());
  EXPECT_EQ(bad_lines.first()->place().line, 2U);
}

TEST_F(Csv, reads_plain_and_quoted_fields) {
  EXPECT_THAT(values(Format::csv, "a,c,b\r\n1,,2\r\n\"x, \"\"y\"\"\nz\",,\"\"\r\n"),
              ElementsAre("1|2", "x, \"y\"\nz|"));
  EXPECT_THAT(values(Format::csv, "\xEF\xBB\xBF\"b\",\"a\"\n\n2,1\n\n\n4, 3 "),
              ElementsAre("1|2", " 3 |4"));
  EXPECT_THAT(values(Format::tsv, "a\tb\n1,5\t\"tab\there\"\n"), ElementsAre("1,5|tab\there"));
  EXPECT_TRUE(values(Format::csv, "").empty());
  EXPECT_TRUE(values(Format::csv, "a,b").empty());
}

TEST_F(Csv, places_each_problem) {
  EXPECT_EQ(problem(Format::csv, "a,b\n1,2\n1,2,3\n"),
            "3:5: the record has 3 fields, the header 2 "
            "(quote fields that contain the separator or a line end)");
  EXPECT_THAT(problem(Format::csv, "a,b\nné\n"), HasSubstr("2:3: the record has 1 field, the"));
  EXPECT_THAT(problem(Format::csv, "a,b\n1,x\"y\"\n"), HasSubstr("2:4: a quote inside a field"));
  EXPECT_THAT(problem(Format::csv, "a,b\n\"x\"y,2\n"), HasSubstr("2:4: text after the quote"));
  EXPECT_THAT(problem(Format::csv, "a,b\n1,2\n3,\"4\n5,6\n"), HasSubstr("3:3: the quote that"));
  EXPECT_THAT(problem(Format::csv, "a,b\n\"x\ny\",2\n1\n"), HasSubstr("4:2: the record has 1"));
  EXPECT_THAT(problem(Format::csv, "a,b\r1,2\r"), HasSubstr("1:4: a carriage return"));
  EXPECT_EQ(problem(Format::csv, "a,b\n\x80,2\n"), "2:1: the record is not valid UTF-8");
  EXPECT_EQ(problem(Format::csv, "a,b\n1,\0\n"s), "2:3: the record holds a NUL byte");
  EXPECT_THAT(problem(Format::csv, "a,b\n" + std::string(5000, ',')), HasSubstr("more than 4096"));
}

TEST_F(Csv, a_bad_header_is_never_skipped) {
  EXPECT_EQ(problem(Format::csv, "a,x,a\n1,2,3\n"), "1:5: the header names field 'a' twice");
  EXPECT_EQ(problem(Format::csv, "a,x\n1,2\n"),
            "1:1: the header has no field 'b' (the fields there are 'a', 'x')");
  EXPECT_THROW(values(Format::csv, "a,x\n1,2\n", BadLines::Policy::skip), core::Error);
  EXPECT_THROW(values(Format::csv, "a,\"b\n1,2\n", BadLines::Policy::skip), core::Error);
}

TEST_F(Csv, goes_on_after_the_line_of_a_quoting_error) {
  EXPECT_THAT(values(Format::csv, "a,b\n1,\"2\n3,4\n5,6\"7\n8,9\n", BadLines::Policy::skip),
              ElementsAre("3|4", "8|9"));
  EXPECT_THAT(values(Format::csv, "a,b\n1,\"2", BadLines::Policy::skip), ElementsAre());
}

TEST_F(Csv, writing_and_reading_again_gives_the_same) {
  core::Stream stream{7, core::Purpose::simulate};
  const std::string alphabet = "ab\",\n\r\t \u00E9";
  for (int round = 0; round < 500; ++round) {
    std::vector<std::string> expected;
    std::string text = "a,b\n";
    const auto quoted = [&](std::string& joined) {
      text += '"';
      for (auto length = stream.below(6); length > 0; --length) {
        const char byte = alphabet[stream.below(8)];
        text += byte;
        if (byte == '"') text += byte;
        joined += byte;
      }
      text += '"';
    };
    for (auto rows = stream.below(5); rows > 0; --rows) {
      std::string& joined = expected.emplace_back();
      quoted(joined);
      text += ',';
      joined += '|';
      quoted(joined);
      text += stream.chance(0.5) ? "\r\n" : "\n";
    }
    ASSERT_EQ(values(Format::csv, text), expected) << text;
  }
}

/// Whatever the bytes: records or an error, in bounded time, nothing else.
TEST_F(QuietLog, readers_survive_damaged_text) {
  const std::string jsonl = "{\"a\": \"x\\u00e9\", \"b\": 1.5}\n{\"a\": true, \"b\": \"\"}\n";
  const std::string csv = "a,b\r\n\"x\"\"y\",2\n\"multi\nline\",3\n";
  core::Stream stream{11, core::Purpose::simulate};
  for (int round = 0; round < 4000; ++round) {
    const bool use_json = round % 2 == 0;
    std::string text = use_json ? jsonl : csv;
    for (auto edits = 1 + stream.below(4); edits > 0; --edits) {
      const auto at = stream.below(text.size());
      if (stream.chance(0.3)) {
        text.erase(at, 1 + stream.below(5));
      } else {
        text[at] = static_cast<char>(stream.below(256));
      }
    }
    for (const auto policy : {BadLines::Policy::stop, BadLines::Policy::skip}) {
      try {
        values(use_json ? Format::jsonl : Format::csv, text, policy);
      } catch (const core::Error& error) {
        EXPECT_EQ(error.kind(), core::ErrorKind::bad_input);
        EXPECT_GT(error.place().line, 0U);
      }
    }
  }
}

TEST(SourceText, gives_line_column_and_excerpt) {
  const SourceText source{.name = "f", .text = "one\n\u00E9\ttwo\r\nthree"};
  const core::Place place = source.place(7);
  EXPECT_EQ(place.line, 2U);
  EXPECT_EQ(place.column, 3U);
  EXPECT_EQ(place.text, "\u00E9 two");
  EXPECT_EQ(source.place(1000).line, 3U);
  EXPECT_EQ(source.place(1000).column, 6U);
  const std::string line(1000, 'x');
  EXPECT_EQ((SourceText{.name = "f", .text = line}.place(500).text), "");
}

}  // namespace
}  // namespace foundation::programs
