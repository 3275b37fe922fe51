/** The parts of a CloudFormation template that the local stack reads. */
export interface Template {
  readonly Parameters?: Readonly<Record<string, { readonly Type: string; readonly Default?: unknown }>>;
  readonly Resources: Readonly<Record<string, TemplateResource>>;
}

export interface TemplateResource {
  readonly Type: string;
  readonly Properties?: Readonly<Record<string, unknown>>;
}

/** A resource with every reference replaced with its value on this machine. */
export interface LocalResource {
  readonly logicalId: string;
  readonly type: string;
  readonly properties: Readonly<Record<string, unknown>>;
  /** The value of `Ref`. */
  readonly ref: string;
  /** The value of `Fn::GetAtt …​.Arn`. */
  readonly arn: string;
}
