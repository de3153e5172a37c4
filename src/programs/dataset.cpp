#include "programs/dataset.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <filesystem>
#include <set>

#include <fmt/format.h>

#include "core/error.hpp"
#include "programs/detail/text.hpp"
#include "programs/detail/text_file.hpp"
#include "programs/records.hpp"

namespace foundation::programs {
namespace {

[[noreturn]] void reject(std::string message, std::string hint = {}) {
  throw core::Error{core::ErrorKind::bad_input, std::move(message), std::move(hint)};
}

/// Which values of a record play which part. Fields that play several are read once.
class FieldPlan {
 public:
  explicit FieldPlan(const DatasetOptions& options) {
    if (options.inputs.empty()) {
      reject("the trainset names no input field", "set trainset.inputs, e.g. inputs = [\"text\"]");
    }
    for (const std::string& input : options.inputs) add_input(input, options.label);
    label = add(options.label);
    weight = add(options.weight);
    id = add(options.id);
    group = add(options.group);
  }

  std::vector<std::string> fields;
  std::vector<std::size_t> inputs;
  std::optional<std::size_t> label, weight, id, group;

 private:
  void add_input(const std::string& input, const std::string& label_field) {
    if (input.empty()) reject("an input field of the trainset has an empty name");
    if (input == label_field) {
      reject(fmt::format("field '{}' is both an input and the label: the program would be shown "
                         "the answer",
                         input),
             "remove it from trainset.inputs");
    }
    if (std::ranges::find(fields, input) != fields.end()) {
      reject(fmt::format("input field '{}' is named twice", input));
    }
    inputs.push_back(*add(input));
  }

  std::optional<std::size_t> add(const std::string& field) {
    if (field.empty()) return std::nullopt;
    const auto found = std::ranges::find(fields, field);
    if (found == fields.end()) {
      fields.push_back(field);
      return fields.size() - 1;
    }
    return static_cast<std::size_t>(found - fields.begin());
  }
};

DataFormat format_of(const DatasetOptions& options) {
  if (options.format != DataFormat::automatic) return options.format;
  std::string ending = std::filesystem::path{options.file}.extension().string();
  std::ranges::transform(ending, ending.begin(), detail::lower);
  if (ending == ".jsonl" || ending == ".ndjson" || ending == ".json") return DataFormat::jsonl;
  if (ending == ".csv") return DataFormat::csv;
  if (ending == ".tsv" || ending == ".tab") return DataFormat::tsv;
  reject(fmt::format("cannot tell the format of the trainset '{}' from its name", options.file),
         "name it .jsonl, .csv or .tsv, or set trainset.format");
}

std::vector<Record> read_records(DataFormat format, std::span<const std::string> fields,
                                 BadLines& bad_lines) {
  switch (format) {
    case DataFormat::csv: return read_csv(fields, ',', bad_lines);
    case DataFormat::tsv: return read_csv(fields, '\t', bad_lines);
    default: return read_jsonl(fields, bad_lines);
  }
}

/// Turns records into examples; what is wrong with a value is reported as a bad line.
class ExampleBuilder {
 public:
  ExampleBuilder(const FieldPlan& plan, const DatasetOptions& options, BadLines& bad_lines)
      : plan_{plan}, options_{options}, bad_lines_{bad_lines} {}

  std::optional<Example> build(Record record) {
    Example example;
    if (plan_.label && !set_label(record.values[*plan_.label], example)) return std::nullopt;
    if (plan_.weight && !set_weight(record.values[*plan_.weight], example)) return std::nullopt;
    if (!set_id(record, example)) return std::nullopt;
    if (plan_.group) example.group = record.values[*plan_.group].text;
    for (const std::size_t input : plan_.inputs) {
      example.inputs.push_back(std::move(record.values[input].text));
    }
    return example;
  }

 private:
  bool set_label(const RecordValue& value, Example& example) {
    example.label = detail::trimmed(value.text);
    if (!example.label.empty()) return true;
    bad_lines_.report(value.offset, fmt::format("the label '{}' is empty", options_.label),
                      "give every example a label, or leave the line out");
    return false;
  }

  bool set_weight(const RecordValue& value, Example& example) {
    const auto weight = detail::parse_number(value.text);
    if (weight && std::isfinite(*weight) && *weight > 0) {
      example.weight = *weight;
      return true;
    }
    bad_lines_.report(value.offset, fmt::format("the weight '{}' is no positive finite number",
                                                std::string_view{value.text}.substr(0, 40)));
    return false;
  }

  bool set_id(const Record& record, Example& example) {
    if (!plan_.id) {
      example.id = std::to_string(record.number);
      return true;
    }
    const RecordValue& value = record.values[*plan_.id];
    example.id = value.text;
    if (ids_.insert(value.text).second) return true;
    bad_lines_.report(value.offset, fmt::format("the id '{}' was given before", value.text),
                      "ids tell examples apart: make them unique, or drop trainset.id");
    return false;
  }

  const FieldPlan& plan_;
  const DatasetOptions& options_;
  BadLines& bad_lines_;
  std::set<std::string> ids_;
};

[[noreturn]] void reject_empty(const DatasetOptions& options, const BadLines& bad_lines) {
  const core::Place whole_file{.file = options.file, .line = 0, .column = 0, .text = {}};
  if (!bad_lines.first()) {
    throw core::Error{core::ErrorKind::bad_input, whole_file, "the trainset holds no examples"};
  }
  const core::Error& first = *bad_lines.first();
  throw core::Error{core::ErrorKind::bad_input, first.place(),
                    fmt::format("all {} records of the trainset are bad; the first: {}",
                                bad_lines.count(), first.what()),
                    first.hint()};
}

}  // namespace

core::Digest Dataset::digest() const {
  core::Hasher hasher;
  hasher.add(input_names.size());
  for (const std::string& name : input_names) hasher.add(std::string_view{name});
  hasher.add(std::string_view{label_name}).add(examples.size());
  for (const Example& example : examples) {
    hasher.add(std::string_view{example.id});
    for (const std::string& input : example.inputs) hasher.add(std::string_view{input});
    hasher.add(std::string_view{example.label}).add(std::string_view{example.group});
    hasher.add(example.weight);
  }
  return hasher.digest();
}

Dataset load_dataset(const DatasetOptions& options) {
  if (options.file.empty()) {
    Dataset data;
    data.examples.emplace_back().id = "1";
    return data;
  }
  const FieldPlan plan{options};
  const DataFormat format = format_of(options);
  const std::string text = detail::read_text_file(options.file);
  BadLines bad_lines{{.name = options.file, .text = text},
                     options.skip_bad_lines ? BadLines::Policy::skip : BadLines::Policy::stop};
  Dataset data{.input_names = options.inputs, .label_name = options.label, .examples = {}};
  ExampleBuilder builder{plan, options, bad_lines};
  for (Record& record : read_records(format, plan.fields, bad_lines)) {
    if (auto example = builder.build(std::move(record))) {
      data.examples.push_back(std::move(*example));
    }
  }
  if (data.examples.empty()) reject_empty(options, bad_lines);
  data.skipped_lines = bad_lines.count();
  return data;
}

}  // namespace foundation::programs
