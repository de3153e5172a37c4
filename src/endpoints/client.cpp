#include "endpoints/client.hpp"

#include <algorithm>
#include <array>
#include <condition_variable>
#include <mutex>
#include <optional>
#include <stop_token>
#include <utility>

#include <fmt/format.h>

#include "core/contracts.hpp"
#include "core/error.hpp"
#include "core/hash.hpp"
#include "core/time.hpp"
#include "endpoints/api_key.hpp"
#include "endpoints/budget_desk.hpp"
#include "endpoints/detail/endpoint_url.hpp"
#include "endpoints/detail/giving_up.hpp"
#include "endpoints/detail/http.hpp"
#include "endpoints/detail/retry_plan.hpp"
#include "endpoints/detail/sha256.hpp"
#include "endpoints/detail/token_estimate.hpp"
#include "endpoints/detail/verdict.hpp"
#include "endpoints/response_cache.hpp"
#include "endpoints/router.hpp"

namespace foundation::endpoints {

using core::Duration;
using core::Time;
using detail::Trouble;
using detail::TroubleKind;

namespace {

std::uint64_t bytes_of(const Request& request) {
  std::uint64_t bytes = 0;
  for (const Message& message : request.messages) bytes += message.content.size();
  return bytes;
}

struct Endpoint {
  std::string url;  ///< of chat/completions
  std::string ca_file;
  ApiKey key;
};

std::vector<Endpoint> make_endpoints(const std::vector<EndpointOptions>& options) {
  std::vector<Endpoint> endpoints;
  endpoints.reserve(options.size());
  for (const EndpointOptions& it : options)
    endpoints.push_back({detail::completions_url(it.url), it.ca_file, ApiKey{it}});
  if (endpoints.empty())
    throw core::Error{core::ErrorKind::bad_input, "there is no endpoint to ask",
                      "name one below [[program.endpoints]]: url = \"http://localhost:8080/v1\""};
  return endpoints;
}

Router make_router(const std::vector<EndpointOptions>& options) {
  std::vector<Router::Target> targets;
  targets.reserve(options.size());
  for (const EndpointOptions& it : options)
    targets.push_back({.identity = core::hash_text(it.url), .weight = it.weight});
  return Router{targets};
}

}  // namespace

std::string describe(const Totals& totals) {
  std::string text =
      fmt::format("{} requests ({} of them from the cache, {} failed, {} retries), {} + {} tokens",
                  totals.answered + totals.cached + totals.failed, totals.cached, totals.failed,
                  totals.retries, totals.usage.prompt_tokens, totals.usage.completion_tokens);
  return totals.cost > 0 ? text + fmt::format(", cost {:.4g}", totals.cost) : text;
}

/// The state that all callers share; each caller goes its own way through it.
class Client::Work {
 public:
  Work(ClientOptions options, std::shared_ptr<Budget> budget)
      : options_{std::move(options)},
        endpoints_{make_endpoints(options_.endpoints)},
        router_{make_router(options_.endpoints)},
        budget_{std::move(budget)},
        transport_{detail::make_transport()} {
    if (!budget_ && is_limited(options_.limits))
      budget_ = BudgetDesk::budget_of(std::make_shared<BudgetDesk>(options_.limits));
    if (!options_.cache_folder.empty()) cache_.emplace(options_.cache_folder);
  }

  [[nodiscard]] Reply complete(const Request& request) {
    const Task task{.request = request,
                    .body = detail::body_of(request),
                    .bytes = bytes_of(request),
                    .answers_before = answers()};
    const std::string key = cache_ ? detail::sha256_hex(task.body) : std::string{};
    if (auto known = find(key)) return std::move(*known);
    Reply reply = ask(task);
    if (const auto* completion = std::get_if<Completion>(&reply); completion != nullptr && cache_)
      cache_->store(key, detail::pack(*completion));
    return reply;
  }

  [[nodiscard]] Totals totals() const {
    const std::lock_guard lock{mutex_};
    return totals_;
  }

 private:
  struct Task {
    const Request& request;
    std::string body;
    std::uint64_t bytes = 0;
    std::uint64_t answers_before = 0;  ///< of all callers, when it began
  };
  using Outcome = std::variant<Completion, Trouble>;

  [[nodiscard]] std::uint64_t answers() const {
    const std::lock_guard lock{mutex_};
    return totals_.answered;
  }

  [[nodiscard]] std::optional<Completion> find(const std::string& key) {
    if (!cache_) return std::nullopt;
    const auto content = cache_->find(key);
    auto completion = content ? detail::unpack(*content) : std::nullopt;
    if (completion) {
      const std::lock_guard lock{mutex_};
      ++totals_.cached;
    }
    return completion;
  }

  [[nodiscard]] Reply ask(const Task& task) {
    const std::uint64_t digest = core::hash_text(task.body);
    detail::RetryPlan plan{core::Stream{digest, core::Purpose::backoff}, options_.deadline};
    std::optional<Time> first_sent;
    while (true) {
      auto sent = send(task, first_sent);
      if (auto* failure = std::get_if<Failure>(&sent)) return std::move(*failure);
      auto& outcome = std::get<Outcome>(sent);
      if (auto* completion = std::get_if<Completion>(&outcome)) return std::move(*completion);
      const auto& trouble = std::get<Trouble>(outcome);
      const Time now = core::monotonic_now();
      const auto wait = plan.next(trouble, now - *first_sent);
      if (!wait) return give_up(task, trouble, plan.retries());
      count_retry();
      if (!sleep_until(now + *wait)) return blocked();
    }
  }

  /// One attempt, once the budget and an endpoint allow it. A failure: there will be none.
  [[nodiscard]] std::variant<Outcome, Failure> send(const Task& task,
                                                    std::optional<Time>& first_sent) {
    if (!await_opening()) return blocked();
    auto granted = await_budget(task);
    if (auto* failure = std::get_if<Failure>(&granted)) return std::move(*failure);
    const Grant& grant = std::get<Grant>(granted);
    if (!first_sent) first_sent = core::monotonic_now();
    const auto endpoint = await_endpoint(task, *first_sent);
    if (!endpoint) {
      if (budget_) budget_->hand_back(grant);
      return blocked();
    }
    Outcome outcome = perform(task, *endpoint);
    if (budget_) budget_->settle(grant, taken(task, grant, outcome));
    return outcome;
  }

  /// What an endpoint may have charged for. A request that ended without an answer after it was
  /// sent may have been worked on all the same.
  [[nodiscard]] Usage taken(const Task& task, const Grant& grant, const Outcome& outcome) {
    if (const auto* completion = std::get_if<Completion>(&outcome)) {
      const std::lock_guard lock{mutex_};
      estimate_.learn(task.bytes, completion->usage);
      return completion->usage;
    }
    const TroubleKind kind = std::get<Trouble>(outcome).kind;
    const bool may_be_charged = kind == TroubleKind::timeout || kind == TroubleKind::cut;
    return may_be_charged ? grant.most : Usage{};
  }

  /// While every endpoint has asked for a pause nobody takes a turn of the budget: those who wait
  /// would all be sent at the same time, past its pace. False: the client is blocked.
  [[nodiscard]] bool await_opening() {
    const Time latest = core::monotonic_now() + options_.deadline;
    Time open;
    {
      const std::lock_guard lock{mutex_};
      open = router_.first_open();
    }
    return sleep_until(std::min(open, latest));
  }

  [[nodiscard]] std::variant<Grant, Failure> await_budget(const Task& task) {
    if (!budget_) return Grant{};
    Demand demand;
    {
      const std::lock_guard lock{mutex_};
      demand = estimate_.demand(task.bytes, task.request.max_tokens);
    }
    Grant grant = budget_->ask(demand, {.stop = blocking_.get_token()});
    if (grant.kind == Grant::Kind::spent) return block(std::move(grant.reason));
    if (grant.kind == Grant::Kind::given_up) return blocked();
    return grant;
  }

  /// Nothing: the client is blocked. After the deadline of the request a closed endpoint is no
  /// reason to wait: it is asked once more, and what it says is the outcome.
  [[nodiscard]] std::optional<std::size_t> await_endpoint(const Task& task, Time first_sent) {
    while (true) {
      Router::Choice choice;
      {
        const std::lock_guard lock{mutex_};
        const Time now = core::monotonic_now();
        choice = router_.choose(task.request.prefix, now);
        if (!choice.endpoint && choice.ask_again - first_sent > options_.deadline)
          choice = router_.choose(task.request.prefix, choice.ask_again);
      }
      if (choice.endpoint) return choice.endpoint;
      if (!sleep_until(choice.ask_again)) return std::nullopt;
    }
  }

  [[nodiscard]] Outcome perform(const Task& task, std::size_t index) {
    const Endpoint& endpoint = endpoints_[index];
    const Time sent = core::monotonic_now();
    detail::HttpResponse response = exchange(task, endpoint);
    if (response.reused && !response.began && response.end == detail::HttpResponse::End::cut)
      response = exchange(task, endpoint);  // the server had closed an idle connection
    // Before anything is cut out of it: half a key is a secret, too.
    response.body = endpoint.key.without_key(std::move(response.body));
    response.error = endpoint.key.without_key(std::move(response.error));
    Outcome outcome = detail::judge(response);
    if (auto* trouble = std::get_if<Trouble>(&outcome))
      trouble->message = fmt::format("{}: {}", endpoint.url, trouble->message);
    if (auto* completion = std::get_if<Completion>(&outcome))
      completion->duration = core::monotonic_now() - sent;
    note(index, outcome);
    return outcome;
  }

  [[nodiscard]] detail::HttpResponse exchange(const Task& task, const Endpoint& endpoint) {
    return transport_->perform(
        {.url = endpoint.url,
         .body = task.body,
         .authorization = endpoint.key.is_set() ? endpoint.key.header() : std::string{},
         .ca_file = endpoint.ca_file,
         .timeout = options_.request_timeout});
  }

  void note(std::size_t index, const Outcome& outcome) {
    const std::lock_guard lock{mutex_};
    router_.ended(index);
    if (const auto* completion = std::get_if<Completion>(&outcome)) {
      router_.answered(index);
      ++totals_.answered;
      totals_.usage.prompt_tokens += completion->usage.prompt_tokens;
      totals_.usage.completion_tokens += completion->usage.completion_tokens;
      totals_.cost += cost_of(completion->usage, options_.limits);
      return;
    }
    const auto& trouble = std::get<Trouble>(outcome);
    const Time now = core::monotonic_now();
    if (trouble.kind == TroubleKind::no_contact) router_.unreachable(index, now);
    if (trouble.retry_after) router_.close_until(index, now + *trouble.retry_after);
  }

  [[nodiscard]] Failure give_up(const Task& task, const Trouble& trouble, std::uint32_t retries) {
    std::string message = retries == 0
                              ? trouble.message
                              : fmt::format("{} (after {} retries)", trouble.message, retries);
    {
      const std::lock_guard lock{mutex_};
      ++totals_.failed;
      const detail::Situation situation{
          .answered = totals_.answered,
          .answered_meanwhile = totals_.answered - task.answers_before,
          .failed = totals_.failed};
      if (!detail::ends_all(trouble.kind, situation))
        return {detail::failure_of(trouble.kind), std::move(message)};
    }
    return block(std::move(message));
  }

  void count_retry() {
    const std::lock_guard lock{mutex_};
    ++totals_.retries;
  }

  /// No caller gets any further from now on.
  [[nodiscard]] Failure block(std::string reason) {
    {
      const std::lock_guard lock{mutex_};
      if (blocked_.empty()) blocked_ = std::move(reason);
    }
    changed_.notify_all();
    blocking_.request_stop();
    return blocked();
  }

  [[nodiscard]] Failure blocked() const {
    const std::lock_guard lock{mutex_};
    return {FailureKind::blocked, blocked_};
  }

  /// False: the client is blocked.
  [[nodiscard]] bool sleep_until(Time moment) {
    std::unique_lock lock{mutex_};
    while (blocked_.empty()) {
      const Duration left = moment - core::monotonic_now();
      if (left.count() <= 0) return true;
      changed_.wait_for(lock, left);
    }
    return false;
  }

  ClientOptions options_;
  std::vector<Endpoint> endpoints_;
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  Router router_;
  Totals totals_;
  std::string blocked_;        ///< why nothing is asked any more; empty: something is
  std::stop_source blocking_;  ///< calls those who wait for the budget
  detail::TokenEstimate estimate_;
  std::shared_ptr<Budget> budget_;  ///< none: nothing is limited
  std::optional<ResponseCache> cache_;
  std::unique_ptr<detail::Transport> transport_;  ///< last: its thread ends first
};

void check_options(const ClientOptions& options) {
  detail::require_transport();
  static_cast<void>(make_endpoints(options.endpoints));
}

Client::Client(ClientOptions options, std::shared_ptr<Budget> budget)
    : work_{std::make_unique<Work>(std::move(options), std::move(budget))} {}
Client::~Client() = default;

Reply Client::complete(const Request& request) { return work_->complete(request); }
Totals Client::totals() const { return work_->totals(); }

}  // namespace foundation::endpoints
