#include <limits>
#include <utility>

#include "job/detail/key_values.hpp"
#include "job/detail/toml_text.hpp"

namespace foundation::job::detail {
namespace {

constexpr std::uint64_t most_tokens = std::numeric_limits<std::int64_t>::max();
constexpr std::uint64_t most_in_flight = 4000;  // threads of a rank
constexpr std::uint64_t most_repairs = 10;
constexpr std::uint64_t longest_text = 1'000'000;  // tokens
constexpr double highest_temperature = 10;
constexpr double largest_amount = 1e15;
constexpr double highest_price = 1e9;

/// A number above 0, or "none", which is 0.
double amount(const Reading& value) {
  if (value.is_word("none")) return 0;
  const double number = value.number(0, largest_amount);
  if (number == 0) value.reject("must be above 0, or \"none\"");
  return number;
}

std::string amount_text(double amount) {
  return amount == 0 ? toml_text(std::string_view{"none"}) : toml_text(amount);
}

/// Other programs that write texts do so in their own way.
std::string if_lm(const Job& job, std::string text) {
  return job.program.kind == "lm" ? std::move(text) : std::string{};
}

constexpr Key table[] = {
    {{"program", "model", "string", "\"\"", steers,
      "the model that stages ask unless they name another.", only_with("program.kind", "lm")},
     [](Job& job, const Reading& value) { job.program.lm.model = value.text(); },
     [](const Job& job) { return toml_text(job.program.lm.model); }},
    {{"program", "answer_field", "string", "\"\"", steers,
      "the output that the metric scores, `STAGE.FIELD`; without one the first "
      "output of the last stage.",
      only_with("program.kind", "lm")},
     [](Job& job, const Reading& value) { job.program.lm.answer = value.text(); },
     [](const Job& job) { return toml_text(job.program.lm.answer); }},
    {{"program", "stages", "list of tables", "[]", steers,
      "the steps of the pipeline, each a table `[[program.stages]]`; see below.",
      only_with("program.kind", "lm")},
     assign_stages,
     show_stages},
    {{"program", "repairs", "integer", "1", steers,
      "times a model is asked again for an answer whose fields cannot be read.",
      only_with("program.kind", "lm", "metric.kind", "judge")},
     [](Job& job, const Reading& value) { job.program.lm.repairs = whole(value, 0, most_repairs); },
     [](const Job& job) { return toml_text(job.program.lm.repairs); }},
    {{"program", "writer_model", "string", "\"\"", steers,
      "the model that writes new instructions; without one it is `model`.",
      only_with("strategy.kind", writing_strategies)},
     [](Job& job, const Reading& value) { job.program.lm.writer.model = value.text(); },
     [](const Job& job) { return if_lm(job, toml_text(job.program.lm.writer.model)); }},
    {{"program", "writer_temperature", "number", "1.0", steers,
      "how varied what it writes is; at 0 all texts of a question may be the same.",
      only_with("strategy.kind", writing_strategies)},
     [](Job& job, const Reading& value) {
       job.program.lm.writer.temperature = value.number(0, highest_temperature);
     },
     [](const Job& job) { return if_lm(job, toml_text(job.program.lm.writer.temperature)); }},
    {{"program", "writer_max_tokens", "integer", "1024", steers,
      "tokens of a text that it writes, at most.", only_with("strategy.kind", writing_strategies)},
     [](Job& job, const Reading& value) {
       job.program.lm.writer.max_tokens = whole(value, 1, longest_text);
     },
     [](const Job& job) { return if_lm(job, toml_text(job.program.lm.writer.max_tokens)); }},
    {{"program", "in_flight", "integer", "64", carries,
      "evaluations of a rank under way at a time; `execution.slots` goes before.",
      only_with("program.kind", "lm")},
     [](Job& job, const Reading& value) {
       job.program.lm.in_flight = whole(value, 1, most_in_flight);
     },
     [](const Job& job) { return toml_text(job.program.lm.in_flight); }},
    {{"program", "endpoints", "list of tables", "[]", carries,
      "the servers to ask, each a table `[[program.endpoints]]`; see below.",
      only_with("program.kind", "lm", "metric.kind", "judge")},
     assign_endpoints,
     show_endpoints},
    {{"program", "cache", "path", "\"lm-cache\" beside the runs folder", carries,
      "where answers are kept, for any run that asks the same; `none` keeps none.",
      only_with("program.kind", "lm", "metric.kind", "judge")},
     assign_cache,
     show_cache},
    {{"program.limits", "requests_per_minute", "number", "\"none\"", carries,
      "requests a minute of all ranks together, a judge's with them.",
      only_with("program.kind", "lm", "metric.kind", "judge")},
     [](Job& job, const Reading& value) {
       job.program.lm.client.limits.requests_per_minute = amount(value);
     },
     [](const Job& job) { return amount_text(job.program.lm.client.limits.requests_per_minute); }},
    {{"program.limits", "tokens_per_minute", "number", "\"none\"", carries,
      "tokens of prompts and answers a minute, likewise.",
      only_with("program.kind", "lm", "metric.kind", "judge")},
     [](Job& job, const Reading& value) {
       job.program.lm.client.limits.tokens_per_minute = amount(value);
     },
     [](const Job& job) { return amount_text(job.program.lm.client.limits.tokens_per_minute); }},
    {{"program.limits", "tokens", "integer", "\"none\"", carries,
      "tokens in all of the run, kills and continuations included; then it stops and can be "
      "continued with more.",
      only_with("program.kind", "lm", "metric.kind", "judge")},
     [](Job& job, const Reading& value) {
       job.program.lm.client.limits.tokens =
           value.is_word("none") ? 0 : value.whole(1, most_tokens);
     },
     [](const Job& job) {
       const std::uint64_t tokens = job.program.lm.client.limits.tokens;
       return tokens == 0 ? toml_text(std::string_view{"none"}) : toml_text(tokens);
     }},
    {{"program.limits", "cost", "number", "\"none\"", carries,
      "cost in all of the run, likewise, at the two prices.",
      only_with("program.kind", "lm", "metric.kind", "judge")},
     [](Job& job, const Reading& value) { job.program.lm.client.limits.cost = amount(value); },
     [](const Job& job) { return amount_text(job.program.lm.client.limits.cost); }},
    {{"program.limits", "input_price", "number", "0.0", carries,
      "price of a million tokens of prompts.",
      only_with("program.kind", "lm", "metric.kind", "judge")},
     [](Job& job, const Reading& value) {
       job.program.lm.client.limits.input_price = value.number(0, highest_price);
     },
     [](const Job& job) { return toml_text(job.program.lm.client.limits.input_price); }},
    {{"program.limits", "output_price", "number", "0.0", carries,
      "price of a million tokens of answers.",
      only_with("program.kind", "lm", "metric.kind", "judge")},
     [](Job& job, const Reading& value) {
       job.program.lm.client.limits.output_price = value.number(0, highest_price);
     },
     [](const Job& job) { return toml_text(job.program.lm.client.limits.output_price); }},
    {{"program.limits", "request_timeout", "duration", "\"120s\"", carries,
      "time a server has for one answer. A second such answer is a `timeout`.",
      only_with("program.kind", "lm", "metric.kind", "judge")},
     [](Job& job, const Reading& value) {
       job.program.lm.client.request_timeout = value.duration(shortest);
     },
     [](const Job& job) { return toml_text(job.program.lm.client.request_timeout); }},
    {{"program.limits", "deadline", "duration", "\"600s\"", carries,
      "time a request is tried again while servers are busy, load or cannot be "
      "reached.",
      only_with("program.kind", "lm", "metric.kind", "judge")},
     [](Job& job, const Reading& value) {
       job.program.lm.client.deadline = value.duration(shortest);
     },
     [](const Job& job) { return toml_text(job.program.lm.client.deadline); }},
};

}  // namespace

std::span<const Key> lm_keys() noexcept { return table; }

}  // namespace foundation::job::detail
