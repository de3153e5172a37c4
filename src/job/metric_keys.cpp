#include <array>
#include <limits>

#include "job/detail/key_values.hpp"
#include "job/detail/toml_text.hpp"

namespace foundation::job::detail {
namespace {

constexpr std::array<std::string_view, 2> directions{"min", "max"};
constexpr std::uint64_t longest_judgement = 1'000'000;

double not_negative(const Reading& value) {
  return value.number(0, std::numeric_limits<double>::max());
}

std::optional<double> number_or_none(const Reading& value) {
  return value.is_word("none") ? std::nullopt : std::optional{value.number()};
}

constexpr Key table[] = {
    {{"metric", "kind", "string", "\"accuracy\"", steers,
      "How answers are scored: `exact_match`, `accuracy`, `macro_f1`, `micro_f1`, `regex` (the "
      "label "
      "is a pattern), `json_field`, `token_f1` (shared words), `mean_absolute_error`, "
      "`numeric_tolerance`; `value`: the answer is the score; `command`: a program says the "
      "score; `plugin`: a C++ library does; `judge`: a language model grades the answer."},
     [](Job& job, const Reading& value) {
       job.metric.kind = value.one_of(programs::metric_kinds());
     },
     [](const Job& job) { return toml_text(job.metric.kind); }},
    {{"metric", "weighted", "boolean", "false", steers, "Use the examples' weights."},
     [](Job& job, const Reading& value) { job.metric.weighted = value.flag(); },
     [](const Job& job) { return toml_text(job.metric.weighted); }},
    {{"metric", "direction", "string", "\"min\"", steers,
      "whether low scores are better, `min`, or high ones, `max`.",
      only_with("metric.kind", "value command plugin")},
     [](Job& job, const Reading& value) {
       job.metric.maximise = value.one_of(directions) == directions[1];
     },
     [](const Job& job) { return toml_text(directions[job.metric.maximise ? 1 : 0]); }},
    {{"metric", "failure_value", "number", "\"none\"", steers,
      "what a failed evaluation counts; `none`: a candidate with one "
      "has no score.",
      only_with("metric.kind", "value command plugin")},
     [](Job& job, const Reading& value) { job.metric.failure_value = number_or_none(value); },
     [](const Job& job) { return optional_text(job.metric.failure_value, "none"); }},
    {{"metric", "timeout_value", "number", "\"none\"", steers,
      "what a timeout counts; `none`: as any other failure.",
      only_with("metric.kind", "value command plugin")},
     [](Job& job, const Reading& value) { job.metric.timeout_value = number_or_none(value); },
     [](const Job& job) {
       return job.penalty ? std::string{} : optional_text(job.metric.timeout_value, "none");
     }},
    {{"metric", "penalty", "number", "\"none\"", steers,
      "for run times: a timeout counts so many times the limit; 10 is PAR10.",
      only_with("metric.kind", "value")},
     [](Job& job, const Reading& value) {
       job.penalty = number_or_none(value);
       if (job.penalty && *job.penalty < 1) value.reject("must be at least 1");
     },
     [](const Job& job) { return job.penalty ? toml_text(*job.penalty) : std::string{}; }},
    {{"metric", "pointer", "string", "the whole answer", steers,
      "where the answer, a JSON document, holds what is compared with the label "
      "(a JSON pointer).",
      only_with("metric.kind", "json_field")},
     [](Job& job, const Reading& value) { job.metric.pointer = value.text(); },
     [](const Job& job) { return toml_text(job.metric.pointer); }},
    {{"metric", "absolute_tolerance", "number", "0.0", steers,
      "how far an answer may be from the label.", only_with("metric.kind", "numeric_tolerance")},
     [](Job& job, const Reading& value) { job.metric.absolute_tolerance = not_negative(value); },
     [](const Job& job) { return toml_text(job.metric.absolute_tolerance); }},
    {{"metric", "relative_tolerance", "number", "0.0", steers,
      "the same as a share of the label; the larger of both counts.",
      only_with("metric.kind", "numeric_tolerance")},
     [](Job& job, const Reading& value) { job.metric.relative_tolerance = not_negative(value); },
     [](const Job& job) { return toml_text(job.metric.relative_tolerance); }},
    {{"metric", "command", "list of strings", "\"none\"", steers,
      "a program (found as `program.command` is) that reads `{\"output\", "
      "\"label\", \"inputs\"}` as JSON on stdin and prints the score on a line, or as JSON "
      "`{\"score\": 0.5, \"feedback\": \"why\"}`: the feedback is for whoever writes new "
      "instructions.",
      only_with("metric.kind", "command")},
     [](Job& job, const Reading& value) {
       job.metric_command = value.texts();
       if (job.metric_command.empty()) value.reject("must name a program");
     },
     [](const Job& job) {
       return job.metric_command.empty() ? std::string{} : toml_text(job.metric_command);
     }},
    {{"metric", "time_limit", "duration", "\"1m\"", steers,
      "of the scoring of one answer, which is then invalid.", only_with("metric.kind", "command")},
     [](Job& job, const Reading& value) { job.metric.time_limit = value.duration(shortest); },
     [](const Job& job) { return toml_text(job.metric.time_limit); }},
    {{"metric", "plugin", "path", "\"none\"", carries,
      "mandatory; the shared library with a metric (FOUNDATION_PLUGIN_METRIC), a path from the job "
      "file's folder. What it contains is part of the job.",
      only_with("metric.kind", "plugin")},
     [](Job& job, const Reading& value) { job.metric.plugin = path_text(value); },
     [](const Job& job) { return toml_text(job.metric.plugin); }},
    {{"metric", "criteria", "string", "\"\"", steers,
      "mandatory; what makes a good answer, in words. The judge sees them with the inputs, the "
      "label "
      "if there is one, and the answer, and gives a reason and a grade.",
      only_with("metric.kind", "judge")},
     [](Job& job, const Reading& value) { job.metric.judge.criteria = value.text(); },
     [](const Job& job) { return toml_text(job.metric.judge.criteria); }},
    {{"metric", "model", "string", "\"\"", steers,
      "the model that judges; without one `program.model`. It is asked at `program.endpoints`, "
      "within `program.limits`, together with the program.",
      only_with("metric.kind", "judge")},
     [](Job& job, const Reading& value) { job.metric.judge.model = value.text(); },
     [](const Job& job) { return toml_text(job.metric.judge.model); }},
    {{"metric", "max_tokens", "integer", "512", steers, "tokens of a judgement, at most.",
      only_with("metric.kind", "judge")},
     [](Job& job, const Reading& value) {
       job.metric.judge.max_tokens = whole(value, 1, longest_judgement);
     },
     [](const Job& job) { return toml_text(job.metric.judge.max_tokens); }},
};

}  // namespace

std::span<const Key> metric_keys() noexcept { return table; }

}  // namespace foundation::job::detail
