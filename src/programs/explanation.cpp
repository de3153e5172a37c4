#include "programs/detail/explanation.hpp"

#include <algorithm>
#include <iterator>

#include <fmt/format.h>

#include "core/terminal_text.hpp"
#include "programs/detail/text.hpp"

namespace foundation::programs::detail {

using model::CellStatus;

namespace {

constexpr std::size_t longest_quoted = 300;
constexpr std::size_t most_words = 8;

std::string without_capitals(std::string_view text) {
  std::string small;
  for (const char byte : text) small += lower(byte);
  return small;
}

bool is_space(char byte) { return trimmed(std::string_view{&byte, 1}).empty(); }

std::string without_spaces(std::string_view text) {
  std::string dense;
  std::ranges::copy_if(text, std::back_inserter(dense), [](char byte) { return !is_space(byte); });
  return dense;
}

/// What keeps an answer from being the label, if it is not the answer itself.
std::string_view nearness(std::string_view answer, std::string_view label) {
  if (without_spaces(answer) == without_spaces(label)) return ": only white space differs";
  if (without_capitals(answer) == without_capitals(label)) return ": only capitals differ";
  if (without_capitals(without_spaces(answer)) == without_capitals(without_spaces(label)))
    return ": only capitals and white space differ";
  if (!label.empty() && answer.find(label) != std::string_view::npos) return " and nothing else";
  return {};
}

}  // namespace

std::string explain_failure(const CellOutput& output) {
  switch (output.status) {
    case CellStatus::invalid_output: return "There was no answer that could be used.";
    case CellStatus::timeout: return "There was no answer in time.";
    case CellStatus::crashed: return "There was no answer: the program crashed.";
    case CellStatus::out_of_memory: return "There was no answer: the program ran out of memory.";
    default: return {};
  }
}

std::string quoted(std::string_view text) {
  return fmt::format("`{}`", core::visible(trimmed(text), longest_quoted));
}

std::string explain_mismatch(std::string_view answer, std::string_view label) {
  answer = trimmed(answer);
  label = trimmed(label);
  if (answer.empty()) return fmt::format("The answer was empty, expected {}.", quoted(label));
  return fmt::format("The answer was {}, expected {}{}.", quoted(answer), quoted(label),
                     nearness(answer, label));
}

std::string listed_words(const std::vector<std::string>& words) {
  std::string text;
  for (std::size_t i = 0; i < std::min(words.size(), most_words); ++i)
    text += fmt::format("{}{}", i == 0 ? "" : ", ", quoted(words[i]));
  if (words.size() > most_words) text += fmt::format(" and {} more", words.size() - most_words);
  return text;
}

}  // namespace foundation::programs::detail
