// What metrics have to say about answers.
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>

#include "programs/metric.hpp"

namespace foundation::programs {
namespace {

namespace fs = std::filesystem;
using model::CellStatus;
using testing::EndsWith;
using testing::HasSubstr;

std::string explain(const MetricOptions& options, std::string label, CellOutput output) {
  const Example example{.id = "7", .inputs = {"x"}, .label = std::move(label), .group = {}};
  return make_metric(options)->explain(example, output);
}

std::string explain(std::string kind, std::string label, std::string answer) {
  return explain(MetricOptions{.kind = std::move(kind)}, std::move(label),
                 CellOutput{.text = std::move(answer)});
}

TEST(Explanation, of_a_match_says_what_was_expected_and_how_near_it_was) {
  EXPECT_EQ(explain("accuracy", "games", " games\n"), "The answer is right.");
  EXPECT_EQ(explain("accuracy", "games", "sound"), "The answer was `sound`, expected `games`.");
  EXPECT_EQ(explain("exact_match", "games", " "), "The answer was empty, expected `games`.");
  EXPECT_EQ(explain("macro_f1", "games", "Games"),
            "The answer was `Games`, expected `games`: only capitals differ.");
  EXPECT_EQ(explain("exact_match", "two words", "two  words"),
            "The answer was `two  words`, expected `two words`: only white space differs.");
  EXPECT_EQ(explain("exact_match", "two words", "TwoWords"),
            "The answer was `TwoWords`, expected `two words`: only capitals and white space "
            "differ.");
  EXPECT_EQ(explain("accuracy", "games", "It is games"),
            "The answer was `It is games`, expected `games` and nothing else.");
}

TEST(Explanation, of_long_answers_is_short_and_on_one_line) {
  const std::string text = explain("accuracy", "games", "a\nb" + std::string(5000, 'c'));
  EXPECT_LT(text.size(), 400U);
  EXPECT_EQ(text.find('\n'), std::string::npos);
  EXPECT_THAT(text, EndsWith("expected `games`."));
}

TEST(Explanation, of_a_pattern_names_it) {
  EXPECT_EQ(explain("regex", "[0-9]+", "12"), "The answer is right.");
  EXPECT_EQ(explain("regex", "[0-9]+", "12 or so"),
            "The answer was `12 or so`, which as a whole does not match the pattern `[0-9]+`.");
  EXPECT_EQ(explain("regex", "[0-9]+", ""),
            "The answer was empty, but is to match the pattern `[0-9]+`.");
}

TEST(Explanation, of_a_json_field_names_its_place) {
  const MetricOptions options{.kind = "json_field", .pointer = "/class"};
  EXPECT_EQ(explain(options, "games", {.text = R"({"class": "games"})"}), "The answer is right.");
  EXPECT_EQ(explain(options, "games", {.text = R"({"class": "sound"})"}),
            "At '/class': The answer was `sound`, expected `games`.");
  EXPECT_EQ(explain(options, "games", {.text = "games"}),
            "The answer was `games`, which is no JSON with a value at '/class'; expected `games` "
            "there.");
}

TEST(Explanation, of_numbers_says_by_how_much_they_are_off) {
  EXPECT_EQ(explain("mean_absolute_error", "3", "3.25"),
            "The answer was 3.25, expected 3: too high by 0.25.");
  EXPECT_EQ(explain("mean_absolute_error", "3", "-1"),
            "The answer was -1, expected 3: too low by 4.");
  EXPECT_EQ(explain("mean_absolute_error", "3", "3.0"), "The answer 3 is exactly right.");
  EXPECT_EQ(explain("mean_absolute_error", "3", "three"),
            "The answer was `three`, which is no finite number; expected 3.");
  const MetricOptions tolerant{.kind = "numeric_tolerance", .absolute_tolerance = 0.5};
  EXPECT_EQ(explain(tolerant, "3", {.text = "3.25"}),
            "The answer was 3.25, expected 3: too high by 0.25, which is near enough.");
  EXPECT_EQ(explain(tolerant, "3", {.text = "2"}),
            "The answer was 2, expected 3: too low by 1, where 0.5 would be near enough.");
}

TEST(Explanation, of_shared_words_lists_the_others) {
  EXPECT_EQ(explain("token_f1", "the red house", "A red house!"), "The answer is right.");
  EXPECT_EQ(explain("token_f1", "the red house", "a green house"),
            "The answer was `a green house`, expected `the red house`. It lacks `red`. Too much: "
            "`green`.");
  EXPECT_THAT(explain("token_f1", "x", "a1 a2 a3 a4 a5 a6 a7 a8 a9 b1"),
              HasSubstr("`a8` and 2 more"));
}

TEST(Explanation, of_no_answer_says_how_it_failed_without_what_depends_on_chance) {
  for (const std::string_view kind : metric_kinds()) {
    if (kind == "judge") continue;  // judge_metric_test.cpp
    const MetricOptions options{.kind = std::string{kind}};
    EXPECT_EQ(explain(options, "1", {CellStatus::timeout, "after 1.52 s"}),
              "There was no answer in time.")
        << kind;
    EXPECT_EQ(explain(options, "1", {CellStatus::out_of_memory, ""}),
              "There was no answer: the program ran out of memory.")
        << kind;
  }
  EXPECT_EQ(explain("value", "", "3"), "") << "nothing but the score";
}

class CommandFeedback : public testing::Test {
 protected:
  /// A metric that prints `text` whatever it is asked.
  [[nodiscard]] MetricOptions printing(const std::string& text) const {
    std::ofstream{file_} << text;
    return {.kind = "command", .executable = "/bin/cat", .arguments = {file_.string()}};
  }
  [[nodiscard]] static double score(const MetricOptions& options) {
    return make_metric(options)->score({}, {.text = "x"}).score;
  }
  ~CommandFeedback() override { fs::remove(file_); }

 private:
  fs::path file_ = fs::current_path() / "command_feedback.txt";
};

TEST_F(CommandFeedback, comes_beside_the_score) {
  const auto options = printing("\n {\"score\": 0.25, \"feedback\": \" too\\nlong \"}\n");
  EXPECT_EQ(score(options), 0.25);
  EXPECT_EQ(explain(options, "", {.text = "x"}), "too\nlong");
}

TEST_F(CommandFeedback, need_not_be_there) {
  EXPECT_EQ(score(printing("0.5\nbecause")), 0.5);
  EXPECT_EQ(explain(printing("0.5\nbecause"), "", {.text = "x"}), "");
  EXPECT_EQ(score(printing(R"({"score": 1})")), 1);
  EXPECT_EQ(explain(printing(R"({"score": 1, "feedback": 2})"), "", {.text = "x"}), "");
}

TEST_F(CommandFeedback, without_a_score_that_can_be_read_is_invalid_output) {
  for (const char* text : {"{", R"({"feedback": "good"})", R"({"score": "good"})", R"([1])", "{}"})
    EXPECT_EQ(make_metric(printing(text))->score({}, {.text = "x"}).status,
              CellStatus::invalid_output)
        << text;
}

}  // namespace
}  // namespace foundation::programs
