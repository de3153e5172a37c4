#include <algorithm>
#include <charconv>
#include <cmath>
#include <optional>

#include <fmt/format.h>

#include "core/error.hpp"
#include "model/detail/space_rules.hpp"

namespace foundation::model {
namespace {

/// A linear expression: sum of terms plus a constant.
struct Linear {
  std::vector<Constraint::Term> terms;
  double constant = 0;
};

bool is_space(char c) { return c == ' ' || c == '\t'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool begins_name(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; }
bool continues_name(char c) { return begins_name(c) || is_digit(c) || c == '.'; }

/// Recursive descent over
///     constraint = side ("<=" | ">=") side
///     side       = ["+" | "-"] term { ("+" | "-") term }
///     term       = number ["*" name] | name ["*" number]
class ConstraintParser {
 public:
  explicit ConstraintParser(std::string_view text) : text_{text} {}

  Constraint parse() {
    Linear left = side();
    const bool at_most = comparison();
    const Linear right = side();
    if (place_ != text_.size()) fail("expected '+', '-' or the end");
    for (const Constraint::Term& term : right.terms) {
      add_term(left, {-term.coefficient, term.parameter});
    }
    if (left.terms.empty()) fail("it names no parameter");
    Constraint result{
        .terms = left.terms, .bound = right.constant - left.constant, .text = std::string{text_}};
    if (!at_most) {
      for (Constraint::Term& term : result.terms) term.coefficient = -term.coefficient;
      result.bound = 0 - result.bound;  // never -0
    }
    return result;
  }

 private:
  static void add_term(Linear& sum, Constraint::Term term) {
    const auto same = std::ranges::find(sum.terms, term.parameter, &Constraint::Term::parameter);
    if (same == sum.terms.end()) {
      sum.terms.push_back(std::move(term));
    } else {
      same->coefficient += term.coefficient;
    }
  }

  Linear side() {
    Linear sum;
    double sign = take('-') ? -1 : 1;
    if (sign > 0) static_cast<void>(take('+'));
    while (true) {
      term(sum, sign);
      if (take('+')) {
        sign = 1;
      } else if (take('-')) {
        sign = -1;
      } else {
        return sum;
      }
    }
  }

  void term(Linear& sum, double sign) {
    if (const std::optional<double> factor = number()) {
      if (take('*')) {
        const std::string parameter = name();
        if (parameter.empty()) fail("expected a parameter's name after '*'");
        add_term(sum, {sign * *factor, parameter});
      } else {
        sum.constant += sign * *factor;
      }
      return;
    }
    const std::string parameter = name();
    if (parameter.empty()) fail("expected a number or a parameter's name");
    double factor = 1;
    if (take('*')) {
      const std::optional<double> given = number();
      if (!given) fail("expected a number after '*': constraints are linear");
      factor = *given;
    }
    add_term(sum, {sign * factor, parameter});
  }

  bool comparison() {
    const bool at_most = take('<');
    if (!at_most && !take('>')) fail("expected '<=' or '>='");
    if (place_ == text_.size() || text_[place_] != '=') fail("expected '<=' or '>='");
    ++place_;
    return at_most;
  }

  std::optional<double> number() {
    skip_spaces();
    if (place_ == text_.size() || !(is_digit(text_[place_]) || text_[place_] == '.')) return {};
    double value = 0;
    const char* first = text_.data() + place_;
    const auto [end, error] = std::from_chars(first, text_.data() + text_.size(), value);
    if (error != std::errc{} || !std::isfinite(value)) fail("not a number that fits");
    place_ += static_cast<std::size_t>(end - first);
    return value;
  }

  std::string name() {
    skip_spaces();
    std::size_t end = place_;
    if (end < text_.size() && begins_name(text_[end])) {
      while (end < text_.size() && continues_name(text_[end])) ++end;
    }
    const std::string_view found = text_.substr(place_, end - place_);
    place_ = end;
    return std::string{found};
  }

  bool take(char wanted) {
    skip_spaces();
    if (place_ == text_.size() || text_[place_] != wanted) return false;
    ++place_;
    skip_spaces();
    return true;
  }

  void skip_spaces() {
    while (place_ < text_.size() && is_space(text_[place_])) ++place_;
  }

  [[noreturn]] void fail(std::string_view why) const {
    throw core::Error{
        core::ErrorKind::bad_input,
        fmt::format("cannot read the constraint '{}' at character {}: {}", text_, place_ + 1, why),
        "write it like 'a + 2*b <= 10' or 'a >= b'"};
  }

  std::string_view text_;
  std::size_t place_ = 0;
};

/// The value as a number; nothing when the parameter is inactive.
std::optional<double> number_of(const Assignment& assignment, std::string_view parameter) {
  const Value* value = assignment.find(parameter);
  if (value == nullptr) return std::nullopt;
  if (const auto* real = std::get_if<double>(value)) return *real;
  if (const auto* integer = std::get_if<std::int64_t>(value)) return static_cast<double>(*integer);
  return std::nullopt;
}

bool holds(const Constraint& constraint, const Assignment& assignment) {
  double sum = 0;
  for (const Constraint::Term& term : constraint.terms) {
    const std::optional<double> value = number_of(assignment, term.parameter);
    if (!value) return true;
    sum += term.coefficient * *value;
  }
  return sum <= constraint.bound;
}

}  // namespace

Constraint parse_constraint(std::string_view text) { return ConstraintParser{text}.parse(); }

const Constraint* detail::broken_constraint(std::span<const Constraint> constraints,
                                            const Assignment& assignment) {
  const auto broken = std::ranges::find_if(
      constraints, [&](const Constraint& constraint) { return !holds(constraint, assignment); });
  return broken == constraints.end() ? nullptr : &*broken;
}

}  // namespace foundation::model
