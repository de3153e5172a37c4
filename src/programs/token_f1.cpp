#include <algorithm>
#include <string>
#include <vector>

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
