/**
 * Intel TDX: quotes of versions 4 and 5, appraised with Intel's signed collateral.
 *
 * <p>Sources: "Intel TDX DCAP Quoting Library API" (appendix 3: quote format), "Intel SGX PCK
 * Certificate and Certificate Revocation List Profile Specification", the API of the "Intel SGX and
 * Intel TDX Provisioning Certification Service" version 4 (TCB info, enclave identity), and the
 * "Intel TDX Module ABI Specification" (ATTRIBUTES).
 */
@NullMarked
package dev.strongroom.attestation.tdx;

import org.jspecify.annotations.NullMarked;
