/* SPDX-License-Identifier: Apache-2.0 */
#include "engines/embed/product.h"

#include "base/check.h"

#include <oneapi/dnnl/dnnl.h>

/* oneDNN's products run on as many OpenMP threads as the calling thread allows. */
extern void omp_set_num_threads(int count);

static void multiply(Matrix a, Matrix b, char transposed, float *out, size_t out_stride)
{
    omp_set_num_threads(1);
    size_t columns = transposed == 'T' ? b.rows : b.columns;
    dnnl_status_t status =
        dnnl_sgemm('N', transposed, (dnnl_dim_t)a.rows, (dnnl_dim_t)columns, (dnnl_dim_t)a.columns,
                   1.0f, a.data, (dnnl_dim_t)a.stride, b.data, (dnnl_dim_t)b.stride, 0.0f, out,
                   (dnnl_dim_t)out_stride);
    check(status == dnnl_success);
}

void product(Matrix a, Matrix b, float *out, size_t out_stride)
{
    multiply(a, b, 'N', out, out_stride);
}

void product_transposed(Matrix a, Matrix b, float *out, size_t out_stride)
{
    multiply(a, b, 'T', out, out_stride);
}
