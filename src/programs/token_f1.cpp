#include <algorithm>
#include <iterator>
#include <string>
#include <vector>

#include <fmt/format.h>

#include "programs/detail/explanation.hpp"
#include "programs/detail/metrics.hpp"
#include "programs/detail/text.hpp"

namespace foundation::programs::detail {
namespace {

using model::CellResult;
using model::CellStatus;

bool is_punctuation(char byte) {
  return (byte >= '!' && byte <= '/') || (byte >= ':' && byte <= '@') ||
         (byte >= '[' && byte <= '`') || (byte >= '{' && byte <= '~');
}

bool is_space(char byte) { return byte == ' ' || (byte >= '\t' && byte <= '\r'); }

bool is_article(const std::string& word) { return word == "a" || word == "an" || word == "the"; }

/// The words of a text as SQuAD compares them, sorted.
std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words(1);
  for (const char byte : text) {
    if (is_space(byte)) {
      words.emplace_back();
    } else if (!is_punctuation(byte)) {
      words.back() += lower(byte);
    }
  }
  std::erase_if(words, [](const std::string& word) { return word.empty() || is_article(word); });
  std::ranges::sort(words);
  return words;
}

/// 2PR / (P + R) of two bags of words; without words on one side, whether both have none.
double f1_of(std::string_view answer, std::string_view label) {
  const std::vector<std::string> left = words_of(answer);
  const std::vector<std::string> right = words_of(label);
  if (left.empty() || right.empty()) return left.empty() && right.empty() ? 1 : 0;
  std::vector<std::string> common;
  std::ranges::set_intersection(left, right, std::back_inserter(common));
  return 2 * static_cast<double>(common.size()) / static_cast<double>(left.size() + right.size());
}

/// Words of a text that another one lacks.
std::vector<std::string> difference(std::string_view text, std::string_view other) {
  const std::vector<std::string> left = words_of(text);
  const std::vector<std::string> right = words_of(other);
  std::vector<std::string> rest;
  std::ranges::set_difference(left, right, std::back_inserter(rest));
  return rest;
}

class TokenF1 final : public Metric {
 public:
  explicit TokenF1(bool weighted) : weighted_{weighted} {}

  [[nodiscard]] CellResult score(const Example& example, const CellOutput& output) const override {
    CellResult result = unscored(output);
    if (output.status != CellStatus::ok) return result;
    result.score = f1_of(output.text, example.label);
    if (result.score == 0) result.status = CellStatus::wrong;
    return result;
  }
  [[nodiscard]] std::string explain(const Example& example,
                                    const CellOutput& output) const override {
    if (output.status != CellStatus::ok) return explain_failure(output);
    const std::vector<std::string> missing = difference(example.label, output.text);
    const std::vector<std::string> needless = difference(output.text, example.label);
    if (missing.empty() && needless.empty()) return "The answer is right.";
    std::string text = explain_mismatch(output.text, example.label);
    if (!missing.empty()) text += fmt::format(" It lacks {}.", listed_words(missing));
    if (!needless.empty()) text += fmt::format(" Too much: {}.", listed_words(needless));
    return text;
  }
  [[nodiscard]] double aggregate(std::span<const ScoredCell> cells) const override {
    return weighted_mean(cells, weighted_, 0.0);
  }
  [[nodiscard]] bool maximise() const noexcept override { return true; }
  [[nodiscard]] ScoreScale scale() const noexcept override {
    return {.low = 0, .high = 1, .weighted = weighted_};
  }
  [[nodiscard]] std::string_view name() const noexcept override { return "token_f1"; }

 private:
  bool weighted_;
};

}  // namespace

std::unique_ptr<Metric> make_token_f1(const MetricOptions& options) {
  return std::make_unique<TokenF1>(options.weighted);
}

}  // namespace foundation::programs::detail
