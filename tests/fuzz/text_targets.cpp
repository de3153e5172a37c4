#include <cmath>
#include <optional>

#include "campaign/end_note.hpp"
#include "core/error.hpp"
#include "core/quantity.hpp"
#include "job/detail/layer.hpp"
#include "job/job.hpp"
#include "model/space.hpp"
#include "programs/records.hpp"
#include "targets.hpp"

namespace foundation::fuzz {
namespace {

/// Runs `read`; nothing if it refuses the input as the user's mistake.
template <class Read>
auto accepted(const Read& read) -> std::optional<decltype(read())> {
  try {
    return read();
  } catch (const core::Error& error) {
    require(error.kind() == core::ErrorKind::bad_input, "refused with another kind of error");
    require(!core::describe(error).empty(), "an error without a text");
    return std::nullopt;
  }
}

std::optional<job::Job> job_of(std::string_view text) {
  return accepted([text] {
    job::Job job;
    job.file = "job.toml";
    job.name = "job";
    job.runs_folder = "runs";
    job::detail::apply_layer(job, job::detail::parse_toml(text, "job.toml"),
                             job::detail::LayerKind::job_file);
    job::detail::check_job(job);
    return job;
  });
}

/// The wanted fields are the first two bytes' choice, so that some inputs have them and some not.
void read_table(std::string_view text,
                std::vector<programs::Record> (*read)(std::span<const std::string>,
                                                      programs::BadLines&)) {
  static const std::vector<std::string> fields{"a", "text"};
  for (const auto policy : {programs::BadLines::Policy::stop, programs::BadLines::Policy::skip}) {
    programs::BadLines bad{{"data", text}, policy};
    const auto records = accepted([&] { return read(fields, bad); });
    if (!records) continue;
    std::uint64_t number = 0;
    for (const programs::Record& record : *records) {
      require(record.number > number, "records out of order");
      number = record.number;
      require(record.values.size() == fields.size(), "a record with a field too few");
      for (const auto& value : record.values)
        require(value.offset <= text.size(), "a value that lies behind the text");
    }
    require(records->size() + bad.count() <= text.size() + 1, "more records than bytes");
  }
}

}  // namespace

void read_job(Input input) {
  const auto job = job_of(text_of(input));
  if (!job) return;
  const std::string written = job::effective_toml(*job);
  const auto again = job_of(written);
  require(again.has_value(), "the effective job file is refused");
  require(job::effective_toml(*again) == written, "the effective job file means another job");
}

void read_jsonl(Input input) {
  read_table(text_of(input), [](std::span<const std::string> fields, programs::BadLines& bad) {
    return programs::read_jsonl(fields, bad);
  });
}

void read_csv(Input input) {
  read_table(text_of(input), [](std::span<const std::string> fields, programs::BadLines& bad) {
    return programs::read_csv(fields, ',', bad);
  });
  read_table(text_of(input), [](std::span<const std::string> fields, programs::BadLines& bad) {
    return programs::read_csv(fields, '\t', bad);
  });
}

void read_constraint(Input input) {
  const auto constraint = accepted([&] { return model::parse_constraint(text_of(input)); });
  if (!constraint) return;
  require(std::isfinite(constraint->bound), "an infinite bound");
  for (const auto& term : constraint->terms)
    require(std::isfinite(term.coefficient) && !term.parameter.empty(), "an impossible term");
  const auto again = accepted([&] { return model::parse_constraint(constraint->text); });
  require(again && again->bound == constraint->bound, "a constraint's text means another one");
}

void read_quantity(Input input) {
  const std::string_view text = text_of(input);
  if (const auto span = core::parse_duration(text)) {
    require(span->count() >= 0, "a negative duration");
    require(core::parse_duration(core::format_duration(*span)).has_value(),
            "a formatted duration cannot be read");
  }
  if (const auto size = core::parse_size(text))
    require(!core::format_size(*size).empty(), "a size without a text");
  (void)core::parse_count(text);
  static constexpr std::string_view known[] = {"candidates", "seed", "kind"};
  (void)core::nearest(text, known);
}

void read_end_note(Input input) {
  const auto note = campaign::parse_end_note(text_of(input));
  if (!note) return;
  const auto again = campaign::parse_end_note(campaign::to_json(*note));
  require(again && again->epoch == note->epoch && again->exit_status == note->exit_status &&
              again->reason == note->reason,
          "an end note means something else when written again");
}

}  // namespace foundation::fuzz
