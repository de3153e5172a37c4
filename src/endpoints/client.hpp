#pragma once

#include <cstdint>
#include <memory>
#include <string>

#include "endpoints/budget.hpp"
#include "endpoints/completion.hpp"
#include "endpoints/options.hpp"

namespace foundation::endpoints {

/// What a client has done so far.
struct Totals {
  std::uint64_t answered = 0;  ///< requests with a completion, by an endpoint
  std::uint64_t cached = 0;    ///< by the cache
  std::uint64_t failed = 0;
  std::uint64_t retries = 0;  ///< times a request was sent again
  Usage usage;
  double cost = 0;
};
/// "1200 requests (40 of them from the cache, 3 failed, 17 retries), 410000 + 9000 tokens, cost
/// 0.07".
[[nodiscard]] std::string describe(const Totals& totals);

/// Throws as the constructor of Client would, but for the cache; asks nobody and keeps nothing.
void check_options(const ClientOptions& options);

/// Asks the endpoints for completions, and does whatever it takes to get one: budgets, the cache,
/// the choice of an endpoint, retries.
///
/// `complete` blocks and is called from as many threads as there may be requests under way; they
/// cost next to nothing while they wait, and one thread of this object does all the talking.
class Client {
 public:
  /// Reads the API keys. Throws core::Error{bad_input} for options that make no sense, a key that
  /// cannot be had, and in a build without libcurl; core::Error{io} when the cache cannot be made.
  /// Without a `budget` the limits of the options are kept by this client alone.
  explicit Client(ClientOptions options, std::shared_ptr<Budget> budget = nullptr);
  ~Client();
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  /// A completion, or why there is none. Throws core::Error{bad_input} for a request that cannot
  /// be written down.
  [[nodiscard]] Reply complete(const Request& request);
  [[nodiscard]] Totals totals() const;

 private:
  class Work;
  std::unique_ptr<Work> work_;
};

}  // namespace foundation::endpoints
