#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <new>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

/// What a plugin is written with: a program to be optimised, as a shared library that is loaded
/// when a job runs (`program.kind = "plugin"`), or a metric (`metric.kind = "plugin"`), or both in
/// one library. This header is all it needs: nothing to link, no other header, any C++20 compiler.
/// What crosses between library and host are plain structs and function pointers (`abi` below), so
/// both may be built differently; the host refuses a library that was built against another
/// `abi::version`.
///
///     class Solver final : public foundation::plugin::Program { ... };
///     FOUNDATION_PLUGIN(Solver)
///
///     class Residual final : public foundation::plugin::Metric { ... };
///     FOUNDATION_PLUGIN_METRIC(Residual)
namespace foundation::plugin {

/// Value of a parameter: a number, a whole number, true or false, a text or category.
using Value = std::variant<double, std::int64_t, bool, std::string>;

enum class Kind : std::uint32_t { real, log_real, integer, categorical, boolean, text };

/// A parameter exists only while an earlier one has one of these values, written as text.
struct Condition {
  std::string parameter;
  std::vector<std::string> values;
};

/// Something to be tuned.
struct Parameter {
  std::string name;
  Kind kind = Kind::real;
  double low = 0;                    ///< numbers: the least value
  double high = 0;                   ///< numbers: the greatest value
  std::vector<std::string> choices;  ///< categories; texts, if they vary
  Value initial;                     ///< the program's own value, which the baseline has
  std::vector<Condition> conditions;
  std::string description;
};

/// The assignment of values to parameters that a candidate is: of those that exist in it.
class Settings {
 public:
  explicit Settings(std::vector<std::pair<std::string, Value>> values)
      : values_{std::move(values)} {}

  /// Null if the parameter does not exist under its conditions.
  [[nodiscard]] const Value* find(std::string_view name) const noexcept {
    for (const auto& [known, value] : values_)
      if (known == name) return &value;
    return nullptr;
  }
  /// Each throws std::out_of_range for a parameter that does not exist, std::bad_variant_access for
  /// one of another kind.
  [[nodiscard]] double real(std::string_view name) const { return std::get<double>(at(name)); }
  [[nodiscard]] std::int64_t integer(std::string_view name) const {
    return std::get<std::int64_t>(at(name));
  }
  [[nodiscard]] bool boolean(std::string_view name) const { return std::get<bool>(at(name)); }
  [[nodiscard]] const std::string& text(std::string_view name) const {
    return std::get<std::string>(at(name));
  }

 private:
  [[nodiscard]] const Value& at(std::string_view name) const {
    if (const Value* value = find(name)) return *value;
    throw std::out_of_range{"there is no parameter '" + std::string{name} + "' here"};
  }

  std::vector<std::pair<std::string, Value>> values_;
};

struct Field {
  std::string_view name;
  std::string_view text;
};

/// What one evaluation is given: an example without its label. Borrowed during `run`.
struct Cell {
  std::span<const Field> fields;
  std::string_view id;      ///< the example's name
  std::uint64_t seed = 0;   ///< for a program with noise: the same for every candidate
  std::uint32_t trial = 0;  ///< repeat of the example
  double* cost = nullptr;   ///< where `charge` counts; null: a host that does not

  /// Adds to what the evaluation costs, in whatever the job counts: an objective beside the score.
  void charge(double amount) const noexcept {
    if (cost == nullptr) return;
    const bool is_first = *cost != *cost;  // not a number: nothing was charged yet
    *cost = is_first ? amount : *cost + amount;
  }
  /// Throws std::out_of_range if the trainset has no such field.
  [[nodiscard]] std::string_view field(std::string_view name) const {
    for (const Field& it : fields)
      if (it.name == name) return it.text;
    throw std::out_of_range{"the trainset has no field '" + std::string{name} + "'"};
  }
};

/// To be thrown by `run` for an answer that makes no sense (`invalid_output`). Any other exception
/// means that the evaluation has crashed; std::bad_alloc, that it ran out of memory.
class InvalidOutput : public std::runtime_error {
 public:
  using std::runtime_error::runtime_error;
};

/// A candidate made ready to run.
class Prepared {
 public:
  virtual ~Prepared() = default;
  /// The answer, which the job's metric scores. Depends on the candidate and the cell alone. Called
  /// by one thread at a time, unless the job says `isolate = false`: then by many at once.
  [[nodiscard]] virtual std::string run(const Cell& cell) const = 0;
};

class Program {
 public:
  virtual ~Program() = default;
  [[nodiscard]] virtual std::vector<Parameter> parameters() const = 0;
  [[nodiscard]] virtual std::unique_ptr<Prepared> prepare(const Settings& settings) const = 0;
};

/// An answer to be scored, with its example. Borrowed during `score`.
struct Answer {
  std::string_view output;
  std::string_view label;  ///< empty if the trainset has none
  std::span<const Field> fields;
  std::string_view id;  ///< the example's name
};

struct Score {
  double value = 0;  ///< finite
  /// What there is to learn from the answer, for whoever improves the program; may be empty.
  std::string feedback{};
};

/// Scores answers; whether low or high is better says the job (`metric.direction`).
class Metric {
 public:
  virtual ~Metric() = default;
  /// Depends on the answer alone. An exception means that the answer cannot be scored
  /// (`invalid_output`), with its text as the reason. Called by one thread at a time.
  [[nodiscard]] virtual Score score(const Answer& answer) const = 0;
};

/// The line between library and host: C layouts only. Never change what is there: a new layout is a
/// new version.
namespace abi {

inline constexpr std::uint32_t version = 2;
/// Libraries since this one are taken, too. Those of version 1 do not know `Cell::cost`.
inline constexpr std::uint32_t oldest_version = 1;
/// The one function that a library exports: `const Table* foundation_plugin_table()`.
inline constexpr const char* entry = "foundation_plugin_table";
/// Of a library with a metric: `const MetricTable* foundation_plugin_metric_table()`.
inline constexpr const char* metric_entry = "foundation_plugin_metric_table";

extern "C" {

struct Text {
  const char* data;
  std::size_t size;
};
struct Texts {
  const Text* data;
  std::size_t size;
};
/// Which member counts follows from `kind`: real for real and log_real, integer, truth for boolean,
/// text for the rest.
struct Value {
  std::uint32_t kind;  ///< plugin::Kind
  std::uint32_t truth;
  double real;
  std::int64_t integer;
  Text text;
};
struct Condition {
  Text parameter;
  Texts values;
};
struct Parameter {
  Text name;
  double low;
  double high;
  Texts choices;
  Value initial;
  const Condition* conditions;
  std::size_t condition_count;
  Text description;
};
struct Setting {
  Text name;
  Value value;
};
struct Cell {
  Texts names;
  Texts inputs;  ///< as many
  Text id;
  std::uint64_t seed;
  std::uint32_t trial;
  double* cost;  ///< since version 2: not a number until something is charged
};
/// Takes a text; `to` is whom it is for.
struct TextSink {
  void* to;
  void (*put)(void* to, Text text);
};
struct ParameterSink {
  void* to;
  void (*put)(void* to, const Parameter* parameter);
};

struct Table {
  std::uint32_t version;  ///< abi::version
  std::uint32_t size;     ///< of this struct
  /// Null, with the reason told, when it fails; so `prepare`.
  void* (*create)(TextSink failure);
  void (*destroy)(void* program);
  /// False, with the reason told, when it fails.
  bool (*parameters)(const void* program, ParameterSink sink, TextSink failure);
  void* (*prepare)(const void* program, const Setting* settings, std::size_t count,
                   TextSink failure);
  void (*release)(void* prepared);
  /// A plugin::detail::Outcome; the text is the answer, or what went wrong.
  std::uint32_t (*run)(const void* prepared, const Cell* cell, TextSink answer);
};

struct Answer {
  Text output;
  Text label;
  Texts names;
  Texts inputs;  ///< as many
  Text id;
};

struct MetricTable {
  std::uint32_t version;  ///< abi::version
  std::uint32_t size;     ///< of this struct
  /// Null, with the reason told, when it fails.
  void* (*create)(TextSink failure);
  void (*destroy)(void* metric);
  /// A plugin::detail::Outcome, `answered` with the score; the text is the feedback, or what went
  /// wrong.
  std::uint32_t (*score)(const void* metric, const Answer* answer, double* value, TextSink text);
};

}  // extern "C"
}  // namespace abi

/// The library's side of the line: nothing that plugins use themselves.
namespace detail {

enum Outcome : std::uint32_t { answered = 0, invalid_output, failed, out_of_memory };

inline abi::Text view(std::string_view text) noexcept { return {text.data(), text.size()}; }
inline std::string_view view(abi::Text text) noexcept { return {text.data, text.size}; }

inline void tell(abi::TextSink sink, std::string_view text) noexcept {
  sink.put(sink.to, view(text));
}

inline abi::Value to_abi(const Parameter& parameter) {
  abi::Value value{};
  value.kind = static_cast<std::uint32_t>(parameter.kind);
  switch (parameter.kind) {
    case Kind::real:
    case Kind::log_real: value.real = std::get<double>(parameter.initial); break;
    case Kind::integer: value.integer = std::get<std::int64_t>(parameter.initial); break;
    case Kind::boolean: value.truth = std::get<bool>(parameter.initial) ? 1 : 0; break;
    default: value.text = view(std::get<std::string>(parameter.initial));
  }
  return value;
}

inline Value from_abi(const abi::Value& value) {
  switch (static_cast<Kind>(value.kind)) {
    case Kind::real:
    case Kind::log_real: return value.real;
    case Kind::integer: return value.integer;
    case Kind::boolean: return value.truth != 0;
    default: return std::string{view(value.text)};
  }
}

inline std::vector<abi::Text> views(const std::vector<std::string>& texts) {
  std::vector<abi::Text> all;
  for (const std::string& text : texts) all.push_back(view(text));
  return all;
}

inline void put(const Parameter& parameter, abi::ParameterSink sink) {
  const std::vector<abi::Text> choices = views(parameter.choices);
  std::vector<std::vector<abi::Text>> values;
  for (const Condition& condition : parameter.conditions) values.push_back(views(condition.values));
  std::vector<abi::Condition> conditions;
  for (std::size_t i = 0; i < values.size(); ++i)
    conditions.push_back(
        {view(parameter.conditions[i].parameter), {values[i].data(), values[i].size()}});
  const abi::Parameter plain{.name = view(parameter.name),
                             .low = parameter.low,
                             .high = parameter.high,
                             .choices = {choices.data(), choices.size()},
                             .initial = to_abi(parameter),
                             .conditions = conditions.data(),
                             .condition_count = conditions.size(),
                             .description = view(parameter.description)};
  sink.put(sink.to, &plain);
}

/// Nothing may be thrown across the line.
template <class Result, class Body>
Result guarded(abi::TextSink failure, Result otherwise, Body&& body) noexcept {
  try {
    return body();
  } catch (const std::exception& error) {
    tell(failure, error.what());
  } catch (...) {
    tell(failure, "an exception that is no std::exception");
  }
  return otherwise;
}

inline std::vector<Field> fields_of(abi::Texts names, abi::Texts inputs) {
  std::vector<Field> fields(names.size);
  for (std::size_t i = 0; i < fields.size(); ++i)
    fields[i] = {view(names.data[i]), view(inputs.data[i])};
  return fields;
}

inline std::uint32_t run(const Prepared& prepared, const abi::Cell& plain, abi::TextSink answer) {
  const std::vector<Field> fields = fields_of(plain.names, plain.inputs);
  const Cell cell{fields, view(plain.id), plain.seed, plain.trial, plain.cost};
  try {
    tell(answer, prepared.run(cell));
    return answered;
  } catch (const InvalidOutput& error) {
    tell(answer, error.what());
    return invalid_output;
  } catch (const std::bad_alloc&) {
    return out_of_memory;
  }
}

template <class Plugin>
const abi::Table* table() noexcept {
  static constexpr abi::Table made{
      .version = abi::version,
      .size = sizeof(abi::Table),
      .create = [](abi::TextSink failure) -> void* {
        return guarded<void*>(failure, nullptr, [] { return static_cast<Program*>(new Plugin); });
      },
      .destroy = [](void* program) { delete static_cast<Program*>(program); },
      .parameters =
          [](const void* program, abi::ParameterSink sink, abi::TextSink failure) {
            return guarded(failure, false, [&] {
              for (const Parameter& it : static_cast<const Program*>(program)->parameters())
                put(it, sink);
              return true;
            });
          },
      .prepare = [](const void* program, const abi::Setting* settings, std::size_t count,
                    abi::TextSink failure) -> void* {
        return guarded<void*>(failure, nullptr, [&] {
          std::vector<std::pair<std::string, Value>> values;
          for (const abi::Setting& it : std::span{settings, count})
            values.emplace_back(view(it.name), from_abi(it.value));
          return static_cast<const Program*>(program)
              ->prepare(Settings{std::move(values)})
              .release();
        });
      },
      .release = [](void* prepared) { delete static_cast<Prepared*>(prepared); },
      .run =
          [](const void* prepared, const abi::Cell* cell, abi::TextSink answer) {
            return guarded<std::uint32_t>(answer, failed, [&] {
              return run(*static_cast<const Prepared*>(prepared), *cell, answer);
            });
          }};
  return &made;
}

template <class Plugin>
const abi::MetricTable* metric_table() noexcept {
  static constexpr abi::MetricTable made{
      .version = abi::version,
      .size = sizeof(abi::MetricTable),
      .create = [](abi::TextSink failure) -> void* {
        return guarded<void*>(failure, nullptr, [] { return static_cast<Metric*>(new Plugin); });
      },
      .destroy = [](void* metric) { delete static_cast<Metric*>(metric); },
      .score =
          [](const void* metric, const abi::Answer* answer, double* value, abi::TextSink text) {
            return guarded<std::uint32_t>(text, invalid_output, [&] {
              const std::vector<Field> fields = fields_of(answer->names, answer->inputs);
              const Score score = static_cast<const Metric*>(metric)->score(
                  {view(answer->output), view(answer->label), fields, view(answer->id)});
              *value = score.value;
              tell(text, score.feedback);
              return std::uint32_t{answered};
            });
          }};
  return &made;
}

}  // namespace detail
}  // namespace foundation::plugin

/// Makes a library of `Type`, a default-constructible foundation::plugin::Program; once, outside of
/// all namespaces.
#define FOUNDATION_PLUGIN(Type)                                                           \
  extern "C" __attribute__((visibility("default"))) const foundation::plugin::abi::Table* \
  foundation_plugin_table() {                                                             \
    return foundation::plugin::detail::table<Type>();                                     \
  }

/// Makes `Type`, a default-constructible foundation::plugin::Metric, the metric of a library; once,
/// outside of all namespaces.
#define FOUNDATION_PLUGIN_METRIC(Type)                                                          \
  extern "C" __attribute__((visibility("default"))) const foundation::plugin::abi::MetricTable* \
  foundation_plugin_metric_table() {                                                            \
    return foundation::plugin::detail::metric_table<Type>();                                    \
  }
