#include <algorithm>

#include <fmt/format.h>

#include "core/contracts.hpp"
#include "model/candidate.hpp"
#include "model/cell.hpp"

namespace foundation::model {

std::string_view name_of(Split split) noexcept {
  switch (split) {
    case Split::train: return "train";
    case Split::validation: return "validation";
    case Split::test: return "test";
    case Split::request: return "request";
  }
  return "unknown";
}

std::string_view name_of(CellStatus status) noexcept {
  switch (status) {
    case CellStatus::pending: return "pending";
    case CellStatus::ok: return "ok";
    case CellStatus::wrong: return "wrong";
    case CellStatus::invalid_output: return "invalid_output";
    case CellStatus::timeout: return "timeout";
    case CellStatus::crashed: return "crashed";
    case CellStatus::out_of_memory: return "out_of_memory";
    case CellStatus::rate_limited: return "rate_limited";
    case CellStatus::lost: return "lost";
    case CellStatus::blocked: return "blocked";
  }
  return "unknown";
}

std::string to_string(const Value& value) {
  struct Visitor {
    std::string operator()(double number) const { return fmt::format("{:.6g}", number); }
    std::string operator()(std::int64_t number) const { return fmt::format("{}", number); }
    std::string operator()(bool flag) const { return flag ? "true" : "false"; }
    std::string operator()(const std::string& text) const { return text; }
    std::string operator()(const Demonstrations& shown) const {
      return fmt::format("[{} demonstrations]", shown.positions.size());
    }
  };
  return std::visit(Visitor{}, value);
}

const Value* Assignment::find(std::string_view name) const noexcept {
  const auto found = std::ranges::find(settings_, name, &Setting::name);
  return found == settings_.end() ? nullptr : &found->value;
}

void Assignment::set(std::string_view name, Value value) {
  const auto found = std::ranges::find(settings_, name, &Setting::name);
  if (found != settings_.end()) {
    found->value = std::move(value);
  } else {
    settings_.push_back({std::string{name}, std::move(value)});
  }
}

namespace {

template <class T>
const T& get(const Assignment& assignment, std::string_view name) {
  const Value* value = assignment.find(name);
  EXPECTS(value != nullptr && std::holds_alternative<T>(*value));
  return std::get<T>(*value);
}

}  // namespace

double Assignment::real(std::string_view name) const { return get<double>(*this, name); }
std::int64_t Assignment::integer(std::string_view name) const {
  return get<std::int64_t>(*this, name);
}
bool Assignment::boolean(std::string_view name) const { return get<bool>(*this, name); }
const std::string& Assignment::text(std::string_view name) const {
  return get<std::string>(*this, name);
}
const Demonstrations& Assignment::demonstrations(std::string_view name) const {
  static const Demonstrations none;
  return find(name) == nullptr ? none : get<Demonstrations>(*this, name);
}

core::Digest digest(const Assignment& assignment) {
  core::Hasher hasher;
  for (const Setting& setting : assignment.settings()) {
    hasher.add(setting.name).add(static_cast<std::uint8_t>(setting.value.index()));
    std::visit(
        [&hasher](const auto& value) {
          using T = std::decay_t<decltype(value)>;
          if constexpr (std::is_same_v<T, Demonstrations>) {
            hasher.add(value.positions.size());
            for (const std::uint32_t position : value.positions) hasher.add(position);
          } else if constexpr (std::is_same_v<T, std::string>) {
            hasher.add(std::string_view{value});
          } else {
            hasher.add(value);
          }
        },
        setting.value);
  }
  return hasher.digest();
}

std::string describe(const Assignment& assignment, const Assignment* base) {
  std::string text;
  for (const Setting& setting : assignment.settings()) {
    const Value* before = base != nullptr ? base->find(setting.name) : nullptr;
    if (before != nullptr && *before == setting.value) continue;
    text +=
        fmt::format("{}{}={}", text.empty() ? "" : ", ", setting.name, to_string(setting.value));
  }
  return text;
}

}  // namespace foundation::model
